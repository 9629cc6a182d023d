#include "framework/report/provenance_texts.h"

#include "framework/core/provenance.h"

namespace adagrain {

std::map<std::string, std::string> provenance_texts() {
  return {{"versions", version_description()}, {"machine", machine_description()}};
}

}  // namespace adagrain
