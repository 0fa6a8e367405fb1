#include "shared_cbuff/stepping.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "attach.hpp"

namespace shared_cbuff {
namespace {

void expect_turn(bool in_turn, const char* sentence) {
    if (!in_turn) throw std::logic_error{sentence};
}

/// The next part of an item: whole words, at least one, and no more than are left.
std::size_t part_of(std::size_t wanted, std::size_t left, unsigned word_size) {
    const std::size_t words = std::max<std::size_t>(1, wanted / word_size);
    return std::min(left, words * word_size);
}

}  // namespace

bool StepWriter::announce(std::span<const std::byte> item) {
    expect_turn(next_ == WriteStep::announce, "announce: the item announced before is not published yet");
    WriteHead& head = writer_.head_;
    if (item.size() != head.item_size) attach::throw_wrong_span("push to", writer_.name(), item.size(), head.item_size);
    if (!writer_.role_->may_push(head)) {
        writer_.role_->count_rejected(1);
        return false;
    }
    item_.assign(item.begin(), item.end());
    copied_ = 0;
    writer_.role_->announce(head, 1);
    next_ = WriteStep::copy;
    return true;
}

std::size_t StepWriter::copy(std::size_t bytes) {
    expect_turn(next_ == WriteStep::copy, "copy: no item is announced, or all of it is copied");
    const WriteHead& head = writer_.head_;
    const std::size_t part = part_of(bytes, item_.size() - copied_, head.word_size);
    copying::store(head.next + copied_, item_.data() + copied_, part, head.word_size);
    copied_ += part;
    if (copied_ == item_.size()) next_ = WriteStep::publish;
    return item_.size() - copied_;
}

void StepWriter::publish() {
    expect_turn(next_ == WriteStep::publish, "publish: the item is not announced and copied as a whole");
    writer_.head_.publish(1, item_.size());
    writer_.role_->plan(writer_.head_);
    next_ = WriteStep::announce;
}

Writer StepWriter::release() {
    expect_turn(next_ == WriteStep::announce, "release: an item is announced and not published yet");
    return std::move(writer_);
}

StepReader::StepReader(Reader reader) : reader_{std::move(reader)} {
    if (reader_.is_classic()) {
        throw InvalidArgument{"step through", reader_.name(), "a classic segment cannot be read in these steps"};
    }
}

bool StepReader::look() {
    expect_turn(next_ == ReadStep::look, "look: an item is being read already");
    ReadHead& head = reader_.head_;
    if (head.cursor >= head.look_at && !head.find_items()) {
        reader_.role_->find_nothing(head.cursor, head.seen_pushed);
        return false;
    }
    item_.resize(head.item_size);
    copied_ = 0;
    next_ = ReadStep::copy;
    return true;
}

std::size_t StepReader::copy(std::size_t bytes) {
    expect_turn(next_ == ReadStep::copy, "copy: no item was found, or all of it is copied");
    const ReadHead& head = reader_.head_;
    const std::size_t part = part_of(bytes, item_.size() - copied_, head.word_size);
    copying::load(item_.data() + copied_, head.next + copied_, part, head.word_size);
    copied_ += part;
    if (copied_ == item_.size()) next_ = ReadStep::validate;
    return item_.size() - copied_;
}

std::uint64_t StepReader::validate() {
    expect_turn(next_ == ReadStep::validate, "validate: the item is not copied as a whole");
    gone_ = reader_.head_.overwritten();
    if (gone_ == ReadHead::evicted) reader_.role_->throw_evicted();
    next_ = ReadStep::take;
    return gone_;
}

std::optional<std::vector<std::byte>> StepReader::take() {
    expect_turn(next_ == ReadStep::take, "take: the item is not validated");
    next_ = ReadStep::look;
    if (gone_ > 0) {
        reader_.role_->skip(reader_.head_, gone_);
        return std::nullopt;
    }
    reader_.head_.take(1, item_.size());
    return std::move(item_);
}

Reader StepReader::release() {
    expect_turn(next_ == ReadStep::look, "release: an item is being read");
    return std::move(reader_);
}

}  // namespace shared_cbuff
