#include "feeds/recordinglock.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>
#include <fstream>

#include "feeds/recordingschema.hpp"

namespace workbench {

bool isBeingRecorded(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return false;
    // 1: OFDLCK ADVISORY  WRITE -1 08:01:1234 4611686018427387904 4611686018427387904
    std::ifstream locks{"/proc/locks"};
    for (std::string line; std::getline(locks, line);) {
        unsigned major_number = 0;
        unsigned minor_number = 0;
        unsigned long inode = 0;
        long long begin = 0;
        const int found = std::sscanf(line.c_str(), "%*s OFDLCK %*s WRITE %*s %x:%x:%lu %lld", &major_number,
                                      &minor_number, &inode, &begin);
        if (found == 4 && inode == status.st_ino && begin == recording::writerLockOffset &&
            major_number == major(status.st_dev) && minor_number == minor(status.st_dev)) {
            return true;
        }
    }
    return false;
}

}  // namespace workbench
