// Tables of published or simulated numbers in hardware/reference/: comma-separated, '#' lines say where they
// are from, the first other line names the columns, units in the names.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace adagrain {

using ReferenceRow = std::map<std::string, std::string>;  // by column

// Cells may stand in quotes, which then hold commas. Throws DataError when the file cannot be read or a line
// has another number of cells than the header.
std::vector<ReferenceRow> read_reference_table(const std::filesystem::path& file);

// A file of hardware/reference/ in the project's folder.
std::filesystem::path reference_file(const std::string& name);

// A cell as a number. Throws DataError that names the column when it is absent or no number.
double reference_number(const ReferenceRow& row, const std::string& column);

}  // namespace adagrain
