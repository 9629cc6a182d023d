// The unit at which a scheme decides. Units tile the tensor exactly once.
//
// A weight tensor is seen as the matrix [rows, columns] = [output channels, everything else], row-major.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "framework/compression/parameters.h"
#include "framework/core/tensor.h"

namespace adagrain {

struct MatrixShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t count() const { return rows * columns; }
};

// [out, ...] -> rows = out; a scalar or a vector is one row.
MatrixShape matrix_shape(const Shape& shape);

// Which unit each element belongs to. Invariant: every unit has at least one element, and first occurrences
// are in increasing order (units are numbered as they appear).
struct UnitMap {
  MatrixShape shape;
  std::uint32_t count = 0;
  std::vector<std::uint32_t> unit_of;  // [element], each below `count`; empty for a single unit

  std::uint32_t of(std::size_t element) const { return unit_of.empty() ? 0 : unit_of[element]; }
};

// The map with a single unit.
UnitMap one_unit(MatrixShape shape);

class Granularity {
 public:
  static constexpr const char* kind = "granularity";
  virtual ~Granularity() = default;

  // The stable byte that names it in the container.
  virtual std::uint8_t id() const = 0;
  virtual std::span<const ParameterSpec> parameters() const = 0;
  // What is pruned, clustered into tables, kept or dropped together.
  virtual UnitMap units(MatrixShape shape, const Parameters& parameters) const = 0;
  // What shares one quantisation step; the units themselves unless that would cost more than it could save.
  virtual UnitMap step_units(MatrixShape shape, const Parameters& parameters) const {
    return units(shape, parameters);
  }
};

}  // namespace adagrain
