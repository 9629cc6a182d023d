#include "framework/core/commit.h"

#include "source_commit.inc"  // written by every build, see commit.cmake

namespace adagrain {

SourceCommit source_commit() {
  return {ADAGRAIN_COMMIT, ADAGRAIN_MODIFIED};
}

}  // namespace adagrain
