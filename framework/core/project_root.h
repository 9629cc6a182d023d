// Where the files are that come with the sources.
#pragma once

#include <filesystem>

namespace adagrain {

// The folder that holds experiments/, datasets/ and policies/: $ADAGRAIN_HOME, else the source tree it was
// built from.
std::filesystem::path project_root();

}  // namespace adagrain
