#include "framework/experiment/job_options.h"

#include "framework/core/error.h"

namespace adagrain {

Identity JobOptions::checked(Identity found, const std::string& job) const {
  require<DataError>(identity.empty() || found.checksum() == identity,
                     "{}: the configuration, or a file that it names, was changed while the run was at work; "
                     "run the same command again",
                     job);
  return found;
}

}  // namespace adagrain
