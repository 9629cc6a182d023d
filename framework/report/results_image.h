// A whole results file as bytes, and the 512 bytes that open it: HDF5 lets a user's own block come first, and
// ours says in ASCII whether a writer may still be at work ("growing") or the rest carries a checksum
// ("sealed"). HDF5's own readers, h5py among them, look past it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "framework/report/stored_table.h"

namespace adagrain {

constexpr std::size_t kPreambleBytes = 512;

// Replaces `file` by a copy of what `source` holds: packed and sealed, or growing.
void write_copy(const FileHandle& source, const std::filesystem::path& file, Storage storage);

// Replaces `file` by an empty growing one.
void write_empty(const std::filesystem::path& file);

// Throws DataError when the file is sealed and its bytes are not those that were sealed, or when it is no
// results file. The state it is in otherwise.
Storage check_seal(const std::filesystem::path& file);

}  // namespace adagrain
