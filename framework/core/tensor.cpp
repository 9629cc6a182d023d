#include "framework/core/tensor.h"

#include "framework/core/error.h"

namespace adagrain {

const char* operation_name(Operation operation) {
  switch (operation) {
    case Operation::conv2d:
      return "conv2d";
    case Operation::depthwise_conv2d:
      return "depthwise_conv2d";
    case Operation::linear:
      return "linear";
  }
  throw InternalError("operation outside its enumeration");
}

}  // namespace adagrain
