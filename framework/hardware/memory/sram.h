// Energy, leakage and area of an on-chip memory, from CACTI 7
// (hardware/reference/cacti7_sram.csv).
//
// The table has sizes from 512 B to 1 MB at 65, 45 and 22 nm. Between two of them energy a bit, leakage and
// area are interpolated as powers of the size (straight lines in logarithms). Smaller memories count as the
// smallest one; larger ones are equal banks of at most 1 MB, of which an access touches one. Energy grows
// with the width of the port in proportion: the table's widths differ with the size, so bits are what it is
// read by.
#pragma once

#include <cstdint>

namespace adagrain {

struct Sram {
  double read_pj_per_bit = 0, write_pj_per_bit = 0;
  double leakage_mw = 0;
  double area_mm2 = 0;
};

// LSTP cells. Throws ConfigError where the table has no such node, listing those that it has.
Sram sram(std::uint64_t node_nm, std::uint64_t size_bytes);

}  // namespace adagrain
