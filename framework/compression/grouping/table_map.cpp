#include "framework/compression/grouping/table_map.h"

#include <array>
#include <numeric>

namespace adagrain {

namespace {

// The coded columns of a row, sorted by table, columns of one table in order.
struct RowOrder {
  std::array<std::uint32_t, kLargestTables + 1> begin{};  // [table]; one more for the end
  std::vector<std::uint32_t> column;                      // counted from the first one that is coded
  std::size_t kind = ~std::size_t{0};
};

}  // namespace

// Orders are kept where the next rows are likely to be of the same kind.
class TableMap::RowOrders {
 public:
  explicit RowOrders(const TableMap& map) : map_(map), orders_(WeightGroups::kRowKinds + 1) {}

  const RowOrder& of(std::size_t row, std::size_t first, std::size_t last) {
    const std::size_t kind = map_.groups_.kind_of(row);
    const bool whole = last - first == static_cast<std::size_t>(map_.shape_.columns);
    RowOrder& order = whole ? orders_[kind % WeightGroups::kRowKinds] : orders_.back();
    if (whole && order.kind == kind) return order;
    sort(order, row, first, last);
    order.kind = kind;
    return order;
  }

 private:
  void sort(RowOrder& order, std::size_t row, std::size_t first, std::size_t last) const {
    order.begin.fill(0);
    map_.groups_.for_each_run(row, first, last, [&](std::size_t begin, std::size_t end, std::uint32_t group) {
      order.begin[map_.table_of_group_[group] + 1u] += static_cast<std::uint32_t>(end - begin);
    });
    std::partial_sum(order.begin.begin(), order.begin.end(), order.begin.begin());
    std::array<std::uint32_t, kLargestTables + 1> next = order.begin;
    order.column.resize(last - first);
    map_.groups_.for_each_run(row, first, last, [&](std::size_t begin, std::size_t end, std::uint32_t group) {
      const auto to = order.column.begin() + next[map_.table_of_group_[group]];
      std::iota(to, to + static_cast<std::ptrdiff_t>(end - begin), static_cast<std::uint32_t>(begin - first));
      next[map_.table_of_group_[group]] += static_cast<std::uint32_t>(end - begin);
    });
  }

  const TableMap& map_;
  std::vector<RowOrder> orders_;  // [kind % kRowKinds], of whole rows; the last one of any other row
};

// Calls each(symbol, order) with the number of the row's first symbol.
template <typename Each>
void TableMap::for_each_row(const Each& each) const {
  RowOrders orders(*this);
  std::size_t symbol = 0;
  for_each_coded_row(coded_, shape_, [&](std::size_t row, std::size_t first, std::size_t last) {
    each(symbol, orders.of(row, first, last));
    symbol += last - first;
  });
}

TableMap::TableMap(const CodedWeights& coded, MatrixShape shape, const WeightGroups& groups,
                   std::span<const std::uint8_t> table_of_group, std::uint32_t tables)
    : coded_(coded), shape_(shape), groups_(groups), table_of_group_(table_of_group), begin_(tables + 1) {
  for_each_row([&](std::size_t, const RowOrder& order) {
    for (std::uint32_t table = 0; table < tables; ++table) {
      begin_[table + 1] += order.begin[table + 1] - order.begin[table];
    }
  });
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
}

std::vector<std::uint8_t> TableMap::tables() const {
  std::vector<std::uint8_t> tables(coded_.count);
  std::size_t symbol = 0;
  for_each_coded_row(coded_, shape_, [&](std::size_t row, std::size_t first, std::size_t last) {
    groups_.for_each_run(row, first, last, [&](std::size_t begin, std::size_t end, std::uint32_t group) {
      std::fill_n(tables.begin() + static_cast<std::ptrdiff_t>(symbol), end - begin, table_of_group_[group]);
      symbol += end - begin;
    });
  });
  return tables;
}

Bytes TableMap::sorted(std::span<const std::uint16_t> symbols) const {
  Bytes sorted(symbols.size());
  std::vector<std::size_t> next = begin_;
  for_each_row([&](std::size_t first, const RowOrder& order) {
    const std::uint16_t* const row = symbols.data() + first;
    for (std::size_t table = 0; table + 1 < next.size(); ++table) {
      std::uint8_t* const to = sorted.data() + next[table];
      const std::uint32_t begin = order.begin[table], count = order.begin[table + 1] - begin;
      for (std::uint32_t i = 0; i < count; ++i) {
        to[i] = static_cast<std::uint8_t>(row[order.column[begin + i]]);
      }
      next[table] += count;
    }
  });
  return sorted;
}

Bytes TableMap::in_order(std::span<const std::uint8_t> sorted) const {
  Bytes symbols(sorted.size());
  std::vector<std::size_t> next = begin_;
  for_each_row([&](std::size_t first, const RowOrder& order) {
    std::uint8_t* const row = symbols.data() + first;
    for (std::size_t table = 0; table + 1 < next.size(); ++table) {
      const std::uint8_t* const from = sorted.data() + next[table];
      const std::uint32_t begin = order.begin[table], count = order.begin[table + 1] - begin;
      if (count == order.column.size()) {  // a row of one table
        std::copy_n(from, count, row);
      } else {
        for (std::uint32_t i = 0; i < count; ++i) row[order.column[begin + i]] = from[i];
      }
      next[table] += count;
    }
  });
  return symbols;
}

}  // namespace adagrain
