// What the training observer costs: a training step with and without it, and the share of the time it takes
// when it records as often as trainings do.
#include <benchmark/benchmark.h>

#include <chrono>
#include <filesystem>

#include "framework/core/parallel.h"
#include "framework/evaluation/torch_runtime.h"
#include "framework/profiling/observers/training_observer.h"
#include "framework/report/schema.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(const std::function<void()>& work) {
  const Clock::time_point start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

const std::string warning = configure_torch(resolve_threads(0));  // once, before any work

void overhead(benchmark::State& state, const std::string& name) {
  torch::manual_seed(1);
  const std::shared_ptr<Network> network = make_network(name);
  const torch::Tensor images = torch::randn({128, 1, 28, 28}),
                      labels = torch::randint(10, {128}, torch::kLong);
  torch::optim::SGD optimizer(network->parameters(), torch::optim::SGDOptions(0.01).momentum(0.9));
  const TemporaryFolder folder;
  ResultsLog log(folder / "a.h5", {}, empty_tables<TrainingProfileRow>());
  TrainingObserver observer(log, name, 400, 1);
  std::int64_t step = 0;
  // The observer's own work, apart from the step's: both are noisy, and the one is small beside the other.
  double training = 0, observing = 0;
  const Batch batch{images, labels, {}};
  for (auto _ : state) {
    observing += seconds_of([&] { observer.before_forward(*network, batch, step); });
    torch::Tensor loss;
    const auto forward = [&] {
      loss = torch::nn::functional::cross_entropy(network->forward(images), labels);
    };
    const double watched = seconds_of(forward);
    training += seconds_of([&] {
      optimizer.zero_grad();
      loss.backward();
    });
    observing += seconds_of([&] { observer.after_backward(*network, step++); });
    const double plain = seconds_of(forward);
    training += plain + seconds_of([&] { optimizer.step(); });
    observing += watched - plain;
  }
  const auto steps = static_cast<double>(state.iterations());
  state.counters["step_ms"] = 1000 * training / steps;
  state.counters["observed_step_adds_ms"] = 1000 * observing / steps;
  state.counters["overhead_percent"] =
      100 * observing / static_cast<double>(TrainingConfig().profile_every) / training;
}

BENCHMARK_CAPTURE(overhead, lenet_300_100, "lenet_300_100")->Iterations(50);
BENCHMARK_CAPTURE(overhead, lenet5_caffe, "lenet5_caffe")->Iterations(20);
BENCHMARK_CAPTURE(overhead, vgg_small, "vgg_small")->Iterations(3);
BENCHMARK_CAPTURE(overhead, resnet20, "resnet20")->Iterations(3);
BENCHMARK_CAPTURE(overhead, mobilenet_small, "mobilenet_small")->Iterations(5);
BENCHMARK_CAPTURE(overhead, vit_tiny, "vit_tiny")->Iterations(5);

}  // namespace
}  // namespace adagrain
