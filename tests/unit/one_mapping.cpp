// Linked in place of mmap and munmap (--wrap): all shared mappings of one file in this process are one mapping.
//
// ThreadSanitizer tells memory apart by address. A Writer and a Reader map the segment each for itself, so to it they
// would never touch the same bytes, and no race between them could be seen.

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <vector>

extern "C" {
void* __real_mmap(void* address, std::size_t size, int protection, int flags, int descriptor, off_t offset);
int __real_munmap(void* address, std::size_t size);
void* __wrap_mmap(void* address, std::size_t size, int protection, int flags, int descriptor, off_t offset);
int __wrap_munmap(void* address, std::size_t size);
}

namespace {

struct Shared {
    dev_t device;
    ino_t inode;
    std::size_t size;
    int protection;
    void* address;
    int users;
};

struct Mappings {
    std::mutex mutex;
    std::vector<Shared> shared;
};

Mappings& mappings() {
    static Mappings* const made = new Mappings;  // never destroyed: statics of others may unmap later
    return *made;
}

}  // namespace

void* __wrap_mmap(void* address, std::size_t size, int protection, int flags, int descriptor, off_t offset) {
    struct stat file {};
    if ((flags & MAP_SHARED) == 0 || address != nullptr || offset != 0 || ::fstat(descriptor, &file) != 0) {
        return __real_mmap(address, size, protection, flags, descriptor, offset);
    }
    const std::scoped_lock lock{mappings().mutex};
    for (Shared& known : mappings().shared) {
        const bool suffices = known.size >= size && (known.protection & protection) == protection;
        if (known.device != file.st_dev || known.inode != file.st_ino || !suffices) continue;
        ++known.users;
        return known.address;
    }
    void* const made = __real_mmap(nullptr, size, protection, flags, descriptor, 0);
    if (made != MAP_FAILED) mappings().shared.push_back({file.st_dev, file.st_ino, size, protection, made, 1});
    return made;
}

int __wrap_munmap(void* address, std::size_t size) {
    const std::scoped_lock lock{mappings().mutex};
    const auto known = std::ranges::find(mappings().shared, address, &Shared::address);
    if (known == mappings().shared.end()) return __real_munmap(address, size);
    if (--known->users > 0) return 0;
    const std::size_t mapped = known->size;
    mappings().shared.erase(known);
    return __real_munmap(address, mapped);
}
