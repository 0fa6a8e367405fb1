// cbuff-workbench: the desktop program. Parses the command line, composes window and demo, runs.

#include <fcntl.h>
#include <unistd.h>

#include <QApplication>
#include <QCommandLineParser>
#include <QSocketNotifier>
#include <QTimer>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "demo.hpp"
#include "helpers/busguard.hpp"
#include "ui/style.hpp"
#include "ui/workbenchwindow.hpp"
#include "values/printable.hpp"
#include "values/standardstreams.hpp"

namespace {

constexpr int failed = 1;
constexpr int usageError = 2;
constexpr int interrupted = 130;
int signalPipe[2] = {-1, -1};

void onSignal(int) {
    const char byte = 1;
    [[maybe_unused]] const ssize_t written = ::write(signalPipe[1], &byte, 1);  // async-signal-safe
}

/// SIGINT, SIGTERM and SIGHUP end the event loop, so that every destructor runs and no buffer of ours is left behind.
/// Those that whoever started us had ignored stay so.
void quitOnSignals(QApplication& application) {
    if (::pipe2(signalPipe, O_CLOEXEC | O_NONBLOCK) != 0) return;  // full: it has told already
    auto* notifier = new QSocketNotifier{signalPipe[0], QSocketNotifier::Read, &application};
    QObject::connect(notifier, &QSocketNotifier::activated, &application, [] { QApplication::exit(interrupted); });
    struct sigaction action {};
    action.sa_handler = onSignal;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction inherited {};
        ::sigaction(signal, nullptr, &inherited);
        if (inherited.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);  // nohup stays nohup
    }
    std::signal(SIGPIPE, SIG_IGN);
}

void say(const QString& text) {
    std::fprintf(stderr, "cbuff-workbench: %s\n", workbench::printableSentence(text.toStdString()).c_str());
}

struct Arguments {
    QStringList names;
    bool demo = false;
    QString screenshot;
    double afterSeconds = 5;
    QSize size;
    std::optional<workbench::style::Theme> theme;
};

void describe(QCommandLineParser& parser) {
    parser.setApplicationDescription(QApplication::translate(
        "main",
        "Shows what happens inside shared circular buffers: usage over time, readers, losses.\n"
        "Exit status: 0 done, 1 the demo or a screenshot could not be made, 2 wrong usage, 130 interrupted."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(
        QStringLiteral("NAME"),
        QApplication::translate("main",
                                "Buffers to open, or recordings: files that end in .cbrec or hold a "
                                "slash after the first character."),
        QStringLiteral("[NAME…]"));
    const auto option = [&](const char* name, const char* description, const char* value = nullptr) {
        QCommandLineOption made{QLatin1String{name}, QApplication::translate("main", description)};
        if (value != nullptr) made.setValueName(QLatin1String{value});
        parser.addOption(made);
    };
    option("demo", "Create a buffer with a producer, a consumer that keeps up and one that is too slow.");
    option("screenshot", "Write a picture of the window to FILE (PNG) and quit.", "FILE");
    option("after", "Take the screenshot after S seconds (default 5).", "S");
    option("size", "Size of the window, like 1280x800.", "WxH");
    option("theme", "light or dark, instead of the one chosen in the View menu.", "THEME");
}

/// Nothing for wrong usage, after a sentence.
std::optional<Arguments> parse(const QStringList& words) {
    QCommandLineParser parser;
    describe(parser);
    if (!parser.parse(words)) {
        say(parser.errorText());
        return std::nullopt;
    }
    Arguments arguments;
    arguments.names = parser.positionalArguments();
    arguments.demo = parser.isSet(QStringLiteral("demo"));
    arguments.screenshot = parser.value(QStringLiteral("screenshot"));
    if (parser.isSet(QStringLiteral("after"))) {
        bool ok = false;
        arguments.afterSeconds = parser.value(QStringLiteral("after")).toDouble(&ok);
        if (!ok || arguments.afterSeconds < 0 || arguments.afterSeconds > 86400) {
            say(QApplication::translate("main", "--after takes a number of seconds from 0 to 86400, not “%1”.")
                    .arg(parser.value(QStringLiteral("after"))));
            return std::nullopt;
        }
    }
    if (parser.isSet(QStringLiteral("size"))) {
        const QStringList parts = parser.value(QStringLiteral("size")).split(u'x');
        arguments.size = parts.size() == 2 ? QSize{parts[0].toInt(), parts[1].toInt()} : QSize{};
        if (arguments.size.width() < 320 || arguments.size.height() < 240 || arguments.size.width() > 10000 ||
            arguments.size.height() > 10000) {
            say(QApplication::translate("main", "--size takes WIDTHxHEIGHT from 320x240 to 10000x10000, not “%1”.")
                    .arg(parser.value(QStringLiteral("size"))));
            return std::nullopt;
        }
    }
    if (parser.isSet(QStringLiteral("theme"))) {
        const QString theme = parser.value(QStringLiteral("theme"));
        if (theme != u"light" && theme != u"dark") {
            say(QApplication::translate("main", "--theme takes light or dark, not “%1”.").arg(theme));
            return std::nullopt;
        }
        arguments.theme = theme == u"dark" ? workbench::style::Theme::Dark : workbench::style::Theme::Light;
    }
    return arguments;
}

/// --help and --version, which need no display; nothing if neither is among the options.
std::optional<int> tellText(const QStringList& words) {
    QCommandLineParser parser;
    describe(parser);
    if (!parser.parse(words)) {
        say(parser.errorText());
        return usageError;
    }
    const bool asksForVersion = parser.isSet(QStringLiteral("version"));
    if (!asksForVersion && !parser.isSet(QStringLiteral("help")) && !parser.isSet(QStringLiteral("help-all")))
        return std::nullopt;
    const QString text =
        asksForVersion ? QCoreApplication::applicationName() + u' ' + QCoreApplication::applicationVersion() + u'\n'
                       : parser.helpText();
    if (std::fputs(qUtf8Printable(text), stdout) >= 0 && std::fflush(stdout) == 0) return 0;
    say(QStringLiteral("stdout could not be written: %1; see where it leads").arg(qt_error_string(errno)));
    return failed;
}

/// What the message handler below needs: it is given nothing to keep it in.
struct Start {
    int& argc;
    char** argv;
    QStringList warnings;
};
Start* start = nullptr;

/// Of a platform that Qt does not have; else nothing.
QString missingPlatform(const QString& lastWord) {
    const QString beginning = QStringLiteral("Could not find the Qt platform plugin \"");
    for (const QString& warning : start->warnings) {
        if (!warning.startsWith(beginning)) return {};
    }
    if (start->warnings.isEmpty()) return {};
    const QString there = lastWord.section(QStringLiteral("plugins are:"), 1).simplified();
    return QStringLiteral(
               "Qt has no platform “%1” here, which QT_QPA_PLATFORM or -platform asks for; leave that out, or "
               "take one of these: %2")
        .arg(start->warnings.first().section(u'"', 1, 1), there);
}

/// Qt ends a program that finds no display with abort(). It says so before: here is the last word. By now Qt has taken
/// its own options out of the command line, so what is left can be judged: wrong usage needs no display.
void tellOfNoDisplay(QtMsgType type, const QMessageLogContext&, const QString& text) {
    if (type != QtFatalMsg) return start->warnings.append(text);
    QStringList words;
    for (int index = 0; index < start->argc; ++index) words.append(QString::fromLocal8Bit(start->argv[index]));
    const bool isUsage = !parse(words);
    if (!isUsage) {
        const QString cause = start->warnings.isEmpty() ? text : start->warnings.first();
        const QString platform = missingPlatform(text);
        say(!platform.isEmpty()
                ? platform
                : QStringLiteral("no display: %1; set DISPLAY or WAYLAND_DISPLAY, or take a picture without one: "
                                 "QT_QPA_PLATFORM=offscreen cbuff-workbench --screenshot FILE NAME")
                      .arg(cause.section(u'\n', 0, 0).trimmed()));
    }
    std::fflush(stderr);
    std::_Exit(isUsage ? usageError : failed);  // half an application is no place for destructors
}

/// The application, or the end of the program with a sentence.
std::unique_ptr<QApplication> makeApplication(int& argc, char** argv) {
    Start here{argc, argv, {}};
    start = &here;
    const auto before = qInstallMessageHandler(tellOfNoDisplay);
    auto application = std::make_unique<QApplication>(argc, argv);
    qInstallMessageHandler(before);
    start = nullptr;
    for (const QString& warning : here.warnings) qWarning("%s", qUtf8Printable(warning));
    return application;
}

bool asksForTextOnly(int argc, char** argv) {
    return std::any_of(argv + 1, argv + argc, [](std::string_view argument) {
        return argument == "--help" || argument == "-h" || argument == "--help-all" || argument == "--version" ||
               argument == "-v";
    });
}

}  // namespace

int main(int argc, char** argv) {
    workbench::fillStandardStreams();
    workbench::raiseDescriptorLimit();
    workbench::installBusGuard();
    std::signal(SIGXFSZ, SIG_IGN);  // beyond the file size limit, writing is an error of write()
    QCoreApplication::setOrganizationName(QStringLiteral("cbuff-workbench"));
    QCoreApplication::setApplicationName(QStringLiteral("cbuff-workbench"));
    QCoreApplication::setApplicationVersion(QStringLiteral(CBUFF_VERSION));
    if (asksForTextOnly(argc, argv)) {  // these need no display
        const QCoreApplication textOnly{argc, argv};
        if (const auto status = tellText(QCoreApplication::arguments())) return *status;
    }
    const auto application = makeApplication(argc, argv);
    QApplication::setApplicationDisplayName(QStringLiteral("CBuff Workbench"));
    const auto arguments = parse(QCoreApplication::arguments());
    if (!arguments) return usageError;
    quitOnSignals(*application);
    workbench::style::applyTheme(
        arguments->theme.value_or(static_cast<workbench::style::Theme>(workbench::Settings{}.theme())));

    workbench::Workbench bench;
    workbench::WorkbenchWindow window{bench};
    if (arguments->size.isValid()) window.resize(arguments->size);
    for (const QString& name : arguments->names) {
        QString problem;
        const bool isFile = name.endsWith(QStringLiteral(".cbrec")) || name.indexOf(u'/', 1) > 0;
        const auto* page =
            isFile ? window.openRecording(name, &problem) : window.openBuffer(name, std::nullopt, &problem);
        if (page == nullptr) say(problem);
    }
    if (arguments->demo) {
        if (const QString problem = workbench::startDemo(window); !problem.isEmpty()) {
            say(problem);
            return failed;
        }
    }
    if (!arguments->screenshot.isEmpty()) {
        QTimer::singleShot(
            static_cast<int>(arguments->afterSeconds * 1000), &window, [&window, file = arguments->screenshot] {
                const bool saved = window.savePicture(file);
                if (!saved)
                    say(QApplication::translate(
                            "main", "could not write %1; is its folder there and writable, and does it end in .png?")
                            .arg(file));
                QApplication::exit(saved ? 0 : 1);
            });
    }
    window.show();
    return QApplication::exec();
}
