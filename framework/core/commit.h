// The commit of the sources. In a file of its own: it is all that is compiled again when only that changed.
#pragma once

#include <string_view>

namespace adagrain {

struct SourceCommit {
  std::string_view name;  // twelve digits, or "unknown"
  bool modified;
};

SourceCommit source_commit();

}  // namespace adagrain
