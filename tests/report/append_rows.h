// Rows one by one, as tests write them.
#pragma once

#include <vector>

#include "framework/report/schema.h"

namespace adagrain {

template <typename Row>
void append(Results& results, const Row& row) {
  results.add(rows_of<Row>({row}));
}

template <typename Row>
void append_all(Results& results, const std::vector<Row>& rows) {
  results.add(rows_of(rows));
}

}  // namespace adagrain
