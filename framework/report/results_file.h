// Finished results on disk, written whole and put in place by a rename:
//
//   512 bytes, which HDF5 readers skip: in ASCII what the file is, where the journal begins, and the CRC-32
//   of all that follows an HDF5 file, for other programs (hdf5_writer.h) the same rows and texts as a journal
//   (journal.h), deflated, which is what AdaGrain reads
#pragma once

#include <filesystem>

#include "framework/report/results.h"

namespace adagrain {

// Replaces an existing file; whoever has that one open keeps it. Throws DataError when the place cannot be
// written.
void write_results(const std::filesystem::path& file, const Results& results);

// Of such a file, without its arrays, or of a journal as far as it has come. Throws DataError: missing,
// neither of the two, damaged, altered since it was finished (a file that another program has saved again
// is).
Results read_results(const std::filesystem::path& file);

}  // namespace adagrain
