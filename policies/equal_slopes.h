// Bytes against error, additive over layers: the plans that no other mixture beats (Shoham and Gersho,
// "Efficient Bit Allocation for an Arbitrary Set of Quantizers", IEEE Trans. ASSP, 1988).
//
// For a price lambda of error, each layer alone takes argmin bytes + lambda * error; the winners are the
// vertices of its lower convex hull. Falling lambda visits every layer's vertices in order of slope, so one
// merge of all hulls' edges, sorted by error paid per byte saved, gives the plans of all lambdas at once.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "policies/pressure_path.h"

namespace adagrain {

struct Tradeoff {
  double bytes = 0;
  double error = 0;  // infinity: never to be taken
};

// Indices of the hull's vertices, from least error to least bytes; error per byte saved grows along it. At
// least one finite point is required.
std::vector<std::uint32_t> lower_hull(std::span<const Tradeoff> points);

// Bytes from the table, errors from `errors_of(layer)` -> [candidate].
std::vector<std::vector<Tradeoff>> tradeoffs(
    const CandidateTable& table, const std::function<std::vector<double>(std::size_t)>& errors_of);

// [layer][candidate] -> whole-network choices, from least error to least bytes.
std::vector<Choice> equal_slopes(const std::vector<std::vector<Tradeoff>>& layers);

}  // namespace adagrain
