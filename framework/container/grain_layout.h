// The constants of a `.grain` file's frame. FORMAT.md has the picture.
#pragma once

#include <array>
#include <cstdint>

namespace adagrain {

// "GRN" and the version of everything that follows.
inline constexpr std::array<std::uint8_t, 4> grain_magic = {'G', 'R', 'N', 6};

// Bits of the flags byte; the others are zero.
inline constexpr std::uint8_t has_plan = 1;
inline constexpr std::uint8_t has_provenance = 2;

// Magic, flags and four varints: everything before the directory.
inline constexpr std::uint64_t maximum_frame_bytes = 4 + 1 + 4 * 10;

inline constexpr std::uint64_t maximum_section_bytes = std::uint64_t{1} << 30;
// The directory is read whole.
inline constexpr std::uint64_t maximum_directory_bytes = std::uint64_t{1} << 28;
inline constexpr std::uint64_t maximum_tensors = std::uint64_t{1} << 20;

// Every row takes a head, a name byte and either a back reference or a checksum.
inline constexpr std::uint64_t minimum_row_bytes = 3;

}  // namespace adagrain
