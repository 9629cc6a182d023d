#include "framework/report/hdf5_handle.h"

#include <string_view>

namespace adagrain {

namespace {

herr_t visit_error(unsigned, const H5E_error2_t* error, void* found) {
  auto& reason = *static_cast<std::string*>(found);
  const std::string_view text = error->desc == nullptr ? "" : error->desc;
  constexpr std::string_view opening = "error message = '";
  const auto begin = text.find(opening);
  if (begin != std::string_view::npos) {
    const auto rest = text.substr(begin + opening.size());
    reason = rest.substr(0, rest.find('\''));
    return 1;
  }
  if (reason.empty()) reason = text;
  return 0;
}

}  // namespace

void silence_hdf5() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string hdf5_reason() {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit_error, &reason);
  return reason.empty() ? "HDF5 gives no reason" : reason;
}

}  // namespace adagrain
