// The coder of neural networks to compare with: context-adaptive binary arithmetic coding of levels with the
// binarisation and contexts of DeepCABAC (Wiedemann et al., 2020) and NNC (ISO/IEC 15938-17). Written to be
// measured, not to be read by anyone else's decoder.
#pragma once

#include <span>

#include "framework/core/bytes.h"

namespace adagrain {

// Bytes are levels in two's complement. Of four pairs of adaptation rates the best for the whole stream, as
// the standard's encoder searches them.
Bytes encode_cabac(std::span<const std::uint8_t> levels);
// Throws DataError when the stream names rates that there are not; decodes anything else to something.
void decode_cabac(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> levels);

}  // namespace adagrain
