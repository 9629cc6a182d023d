// Where results come from, as the texts that every results file carries.
#pragma once

#include <map>
#include <string>

namespace adagrain {

// Of this process: "versions", "commit" (with "modified" where the sources were), "libraries", "command" and
// "machine".
std::map<std::string, std::string> provenance_texts();

}  // namespace adagrain
