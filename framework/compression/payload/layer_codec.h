// One tensor to bytes and back: candidate -> transforms -> streams -> coder.
#pragma once

#include "framework/compression/payload/layer_decoder.h"
#include "framework/compression/payload/layer_encoder.h"
