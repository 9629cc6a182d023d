#include "framework/profiling/input_moments.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <numeric>

#include "framework/core/error.h"

namespace adagrain {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixView = Eigen::Map<const Matrix>;

std::vector<std::uint32_t> by_falling_power(const MatrixView& moments) {
  std::vector<std::uint32_t> order(static_cast<std::size_t>(moments.rows()));
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto left, auto right) { return moments(left, left) > moments(right, right); });
  return order;
}

// Upper triangular U with (P H P^T)^-1 = U^T U, where P puts columns in order. From L L^T = H with rows and
// columns reversed, R = L reversed is upper triangular with R R^T = H, so U = R^-1: one factorisation and
// one triangular inverse.
Matrix inverse_factor(const MatrixView& moments, const std::vector<std::uint32_t>& order, double damping,
                      const std::string& layer) {
  const Eigen::Index columns = moments.rows();
  const auto reversed = [&](Eigen::Index i) { return order[static_cast<std::size_t>(columns - 1 - i)]; };
  Matrix damped(columns, columns);
  for (Eigen::Index i = 0; i < columns; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) damped(i, j) = moments(reversed(i), reversed(j));
    damped(i, i) += damping;
  }
  const Eigen::LLT<Eigen::Ref<Matrix>> cholesky(damped);
  require<DataError>(cholesky.info() == Eigen::Success,
                     "input moments of layer '{}': not positive definite; raise the damping", layer);
  Matrix inverse = Matrix::Identity(columns, columns);
  cholesky.matrixL().solveInPlace(inverse);
  return inverse.reverse();
}

}  // namespace

InputFactor factorize(const InputMoments& moments, double damping, const std::string& layer) {
  const auto square = static_cast<std::size_t>(moments.columns * moments.columns);
  ensure(moments.values.size() == static_cast<std::size_t>(moments.groups) * square,
         "input moments of layer '{}': {} values for {} groups of {} columns", layer, moments.values.size(),
         moments.groups, moments.columns);
  InputFactor factor{moments.columns, moments.groups, {}, {}, {}};
  for (std::int64_t group = 0; group < moments.groups; ++group) {
    const MatrixView view(moments.values.data() + static_cast<std::size_t>(group) * square, moments.columns,
                          moments.columns);
    require<DataError>(view.allFinite(), "input moments of layer '{}': finite values only", layer);
    const std::vector<std::uint32_t> order = by_falling_power(view);
    const double power = view.trace();
    // Inputs that were never anything but zero tell nothing: plain rounding.
    const double added = power > 0 ? damping * power / static_cast<double>(moments.columns) : 1.0;
    const Matrix upper = inverse_factor(view, order, added, layer);
    factor.order.insert(factor.order.end(), order.begin(), order.end());
    for (Eigen::Index i = 0; i < upper.size(); ++i) {
      factor.upper.push_back(static_cast<float>(upper.data()[i]));
    }
    factor.power.push_back(power);
  }
  return factor;
}

}  // namespace adagrain
