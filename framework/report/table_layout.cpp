#include "framework/report/table_layout.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "framework/report/text_attribute.h"

namespace adagrain {

namespace {

constexpr std::size_t kMostColumns = 256;
constexpr std::size_t kWidestText = 8192;

// Values that encode refuses or never writes.
constexpr std::int64_t kMissingInteger = std::numeric_limits<std::int64_t>::min();
constexpr std::uint64_t kMissingReal = 0x7FF8'4441'5441'3F3F;  // a NaN with a payload of its own
constexpr std::uint8_t kMissingBoolean = 0xFF;
constexpr std::uint8_t kMissingText = 0xFF;  // no UTF-8 text holds this byte

std::size_t cell_bytes(const Column& column) {
  switch (column.type) {
    case Column::Type::integer:
    case Column::Type::real:
      return 8;
    case Column::Type::boolean:
      return 1;
    case Column::Type::text:
      return column.width;
  }
  return 0;
}

TypeHandle boolean_type() {
  TypeHandle type(H5Tenum_create(H5T_NATIVE_INT8));
  const std::int8_t values[] = {0, 1};
  H5Tenum_insert(type.get(), "FALSE", &values[0]);
  H5Tenum_insert(type.get(), "TRUE", &values[1]);
  return type;
}

TypeHandle cell_type(const Column& column, bool stored) {
  switch (column.type) {
    case Column::Type::integer:
      return TypeHandle(H5Tcopy(stored ? H5T_STD_I64LE : H5T_NATIVE_INT64));
    case Column::Type::real:
      return TypeHandle(H5Tcopy(stored ? H5T_IEEE_F64LE : H5T_NATIVE_DOUBLE));
    case Column::Type::boolean:
      return boolean_type();
    case Column::Type::text:
      return text_type(column.width);
  }
  return TypeHandle();
}

Column stored_column(hid_t compound, unsigned index, const std::string& where) {
  char* const name = H5Tget_member_name(compound, index);
  hdf5_check(name == nullptr ? -1 : 0, where, "read a column");
  Column column{name, Column::Type::integer, "", 0};
  H5free_memory(name);
  const TypeHandle type(hdf5_check(H5Tget_member_type(compound, index), where, "read a column"));
  const std::size_t size = H5Tget_size(type.get());
  const H5T_class_t kind = H5Tget_class(type.get());
  bool known = false;
  if (kind == H5T_INTEGER) {
    known = size == 8 && H5Tget_sign(type.get()) == H5T_SGN_2;
  } else if (kind == H5T_FLOAT) {
    column.type = Column::Type::real;
    known = size == 8;
  } else if (kind == H5T_ENUM) {
    column.type = Column::Type::boolean;
    known = H5Tequal(type.get(), boolean_type().get()) > 0;
  } else if (kind == H5T_STRING) {
    column.type = Column::Type::text;
    column.width = size;
    known = H5Tis_variable_str(type.get()) == 0 && size >= 1 && size <= kWidestText;
  }
  require<DataError>(known, "{}: column '{}' has a type that results tables do not have", where, column.name);
  return column;
}

}  // namespace

TableLayout::TableLayout(std::vector<Column> columns) : columns_(std::move(columns)) {
  ensure(!columns_.empty() && columns_.size() <= kMostColumns, "a table has {} columns; allowed 1..{}",
         columns_.size(), kMostColumns);
  std::set<std::string> names;
  for (const Column& column : columns_) {
    ensure(names.insert(column.name).second, "a table has two columns '{}'", column.name);
    ensure(column.type != Column::Type::text || (column.width >= 1 && column.width <= kWidestText),
           "text column '{}' has width {}; allowed 1..{}", column.name, column.width, kWidestText);
    row_bytes_ += cell_bytes(column);
  }
}

TableLayout TableLayout::of(const DatasetHandle& dataset, const std::string& where) {
  const TypeHandle type(hdf5_check(H5Dget_type(dataset.get()), where, "read its type"));
  require<DataError>(H5Tget_class(type.get()) == H5T_COMPOUND, "{}: is not a table", where);
  const int count = H5Tget_nmembers(type.get());
  require<DataError>(count >= 1 && count <= static_cast<int>(kMostColumns),
                     "{}: has {} columns; allowed 1..{}", where, count, kMostColumns);
  std::vector<Column> columns;
  std::set<std::string> names;
  for (int index = 0; index < count; ++index) {
    Column column = stored_column(type.get(), static_cast<unsigned>(index), where);
    require<DataError>(names.insert(column.name).second, "{}: has two columns '{}'", where, column.name);
    const std::string attribute = column.name + ".unit";
    if (H5Aexists(dataset.get(), attribute.c_str()) > 0)
      column.unit = read_text_attribute(dataset.get(), attribute, where);
    columns.push_back(std::move(column));
  }
  return TableLayout(std::move(columns));
}

TypeHandle TableLayout::compound(bool stored) const {
  TypeHandle type(H5Tcreate(H5T_COMPOUND, row_bytes_));
  std::size_t offset = 0;
  for (const Column& column : columns_) {
    ensure(H5Tinsert(type.get(), column.name.c_str(), offset, cell_type(column, stored).get()) >= 0,
           "column '{}': HDF5 refuses it: {}", column.name, hdf5_reason());
    offset += cell_bytes(column);
  }
  return type;
}

void TableLayout::encode(std::span<const Cell> row, const std::string& table,
                         std::vector<std::uint8_t>& bytes) const {
  ensure(row.size() == columns_.size(), "{}: a row has {} cells; the table has {} columns", table, row.size(),
         columns_.size());
  const std::size_t begin = bytes.size();
  bytes.resize(begin + row_bytes_);
  std::uint8_t* place = bytes.data() + begin;
  for (std::size_t index = 0; index < row.size(); ++index) {
    const Column& column = columns_[index];
    const Cell& cell = row[index];
    ensure(cell.index() == static_cast<std::size_t>(column.type),
           "{}: column '{}' was given a cell of another type", table, column.name);
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
      ensure(*integer != kMissingInteger, "{}: column '{}' cannot hold {}", table, column.name, *integer);
      std::memcpy(place, integer, 8);
    } else if (const auto* real = std::get_if<double>(&cell)) {
      const double value = std::isnan(*real) ? std::numeric_limits<double>::quiet_NaN() : *real;
      std::memcpy(place, &value, 8);
    } else if (const auto* boolean = std::get_if<bool>(&cell)) {
      *place = *boolean ? 1 : 0;
    } else {
      const std::string& text = std::get<std::string>(cell);
      ensure(text.size() <= column.width, "{}: column '{}' was given '{}', {} bytes; allowed up to {}", table,
             column.name, text, text.size(), column.width);
      ensure(text.find('\0') == std::string::npos && text.find('\xFF') == std::string::npos,
             "{}: column '{}' was given a text with a byte that no text has", table, column.name);
      std::memcpy(place, text.data(), text.size());
    }
    place += cell_bytes(column);
  }
}

std::vector<Cell> TableLayout::decode(std::span<const std::uint8_t> bytes) const {
  std::vector<Cell> row;
  row.reserve(columns_.size());
  const std::uint8_t* place = bytes.data();
  for (const Column& column : columns_) {
    if (column.type == Column::Type::integer) {
      std::int64_t value;
      std::memcpy(&value, place, 8);
      row.emplace_back(value);
    } else if (column.type == Column::Type::real) {
      double value;
      std::memcpy(&value, place, 8);
      row.emplace_back(value);
    } else if (column.type == Column::Type::boolean) {
      row.emplace_back(*place == 1);
    } else {
      const std::uint8_t* const end = std::find(place, place + column.width, std::uint8_t{0});
      row.emplace_back(std::string(place, end));
    }
    place += cell_bytes(column);
  }
  return row;
}

std::vector<std::uint8_t> TableLayout::missing_row() const {
  std::vector<std::uint8_t> bytes(row_bytes_);
  std::uint8_t* place = bytes.data();
  for (const Column& column : columns_) {
    if (column.type == Column::Type::integer) std::memcpy(place, &kMissingInteger, 8);
    if (column.type == Column::Type::real) std::memcpy(place, &kMissingReal, 8);
    if (column.type == Column::Type::boolean) *place = kMissingBoolean;
    if (column.type == Column::Type::text) *place = kMissingText;
    place += cell_bytes(column);
  }
  return bytes;
}

void write_units(const DatasetHandle& dataset, const std::vector<Column>& columns, const std::string& where) {
  for (const Column& column : columns)
    if (!column.unit.empty()) write_text_attribute(dataset.get(), column.name + ".unit", column.unit, where);
}

}  // namespace adagrain
