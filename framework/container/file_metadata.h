// The "__metadata__" of a safetensors file (texts under names) as the provenance of a `.grain` file, and
// back.
#pragma once

#include <map>
#include <string>

namespace adagrain {

// A JSON object of texts on one line; the text itself where {"provenance": text} is all there is; "" for
// none.
std::string provenance_of(const std::map<std::string, std::string>& metadata);

// Its inverse: a text that is no JSON object of texts stands for {"provenance": text}.
std::map<std::string, std::string> metadata_of(const std::string& provenance);

}  // namespace adagrain
