// HDF5 1.10 can crash on a damaged file (measured: 1 of 3,000 randomly altered ones). A finished file's
// checksum keeps such bytes away from it; a file that is still growing has none, so a child process reads it
// first.
#pragma once

#include <filesystem>
#include <functional>

namespace adagrain {

// Calls `read` in a forked child. Throws DataError when the child crashes or does not come back; what it
// throws is left for the caller to meet again.
void probe_for_damage(const std::filesystem::path& file, const std::function<void()>& read);

}  // namespace adagrain
