// What candidates may say of coding: parameters of every chain that ends in `ans`.
#pragma once

#include <array>

#include "framework/compression/parameters.h"

namespace adagrain {

// How fast the layer must decode.
constexpr ParameterSpec kAnsSpeed = {
    "speed", 0,
    2,       0,
    true,    "0: the smallest file, 1: interleaved rANS where layers are large, precise, 2: the same, fast"};

// "any", then the names of all layer coders in the order of their ids.
std::vector<std::string> coder_words();

// Which coder the layer gets. A named one is taken whatever the speed; encoding throws ConfigError where it
// cannot take the layer.
constexpr ParameterSpec kCoder = {
    "coder",    0, 0, 0, true, "any: the choice that the speed asks for, otherwise this coder and no other",
    coder_words};

constexpr std::array<ParameterSpec, 2> kCodingParameters = {kAnsSpeed, kCoder};

}  // namespace adagrain
