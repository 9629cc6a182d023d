#include "framework/profiling/observers/fisher.h"

#include <algorithm>
#include <vector>

#include "framework/core/error.h"

namespace adagrain {

namespace {

constexpr std::int64_t kBatch = 32;                             // images that go through the network together
constexpr std::int64_t kProductValues = std::int64_t{1} << 22;  // of per-image gradients held at a time

// [n, groups, out, positions] and [n, groups, in, positions] -> sum over n of squared products, [groups, out,
// in]
torch::Tensor sum_of_squared_products(const torch::Tensor& dy, const torch::Tensor& x) {
  const std::int64_t images = dy.size(0), of_one = dy.size(1) * dy.size(2) * x.size(2);
  const std::int64_t chunk = std::max<std::int64_t>(1, kProductValues / std::max<std::int64_t>(1, of_one));
  torch::Tensor sum = torch::zeros({dy.size(1), dy.size(2), x.size(2)}, dy.options());
  for (std::int64_t first = 0; first < images; first += chunk) {
    const std::int64_t last = std::min(images, first + chunk);
    const torch::Tensor gradients =
        torch::matmul(dy.slice(0, first, last), x.slice(0, first, last).transpose(2, 3));
    sum += gradients.square_().sum(0);
  }
  return sum;
}

torch::Tensor of_convolution(const ConvLayer& conv, const torch::Tensor& x, const torch::Tensor& dy) {
  const auto& o = conv.options;
  const std::int64_t groups = o.groups(), images = x.size(0);
  const auto padding = get<torch::ExpandingArray<2>>(o.padding());
  const torch::Tensor patches = torch::im2col(x.contiguous(), *o.kernel_size(), *o.dilation(), *padding,
                                              *o.stride());  // [n, in k k, positions]
  const std::int64_t positions = patches.size(2);
  const torch::Tensor sum =
      sum_of_squared_products(dy.reshape({images, groups, o.out_channels() / groups, positions}),
                              patches.reshape({images, groups, patches.size(1) / groups, positions}));
  return sum.reshape(conv.weight.sizes());
}

torch::Tensor of_linear(const torch::Tensor& x, const torch::Tensor& dy) {
  if (x.dim() == 2) return torch::mm(dy.square().t(), x.square());
  const torch::Tensor tokens = x.reshape({x.size(0), -1, x.size(-1)});
  const torch::Tensor gradients = dy.reshape({dy.size(0), -1, dy.size(-1)});
  return sum_of_squared_products(gradients.transpose(1, 2).unsqueeze(1), tokens.transpose(1, 2).unsqueeze(1))
      .squeeze(0);
}

// Keeps each layer's input and output of one forward pass.
class Recorder : public LayerTap {
 public:
  struct Run {
    const torch::nn::Module* layer;
    torch::Tensor input, output;
  };

  void on_layer(const torch::nn::Module& layer, const torch::Tensor& input,
                const torch::Tensor& output) override {
    for (const Run& run : runs) {
      ensure(run.layer != &layer, "fisher: layer '{}' runs twice in one pass", layer.name());
    }
    runs.push_back({&layer, input.detach(), output});
  }

  std::vector<Run> runs;
};

}  // namespace

std::map<std::string, torch::Tensor> empirical_fisher(Network& network, const torch::Tensor& images,
                                                      const torch::Tensor& labels) {
  std::map<const torch::nn::Module*, std::string> names;
  for (const auto& item : network.named_modules()) names[item.value().get()] = item.key();
  const torch::Device device = network.parameters().front().device();
  const bool was_training = network.is_training();
  network.eval();
  std::map<std::string, torch::Tensor> sums;
  const std::int64_t count = images.size(0);
  for (std::int64_t first = 0; first < count; first += kBatch) {
    const std::int64_t last = std::min(count, first + kBatch);
    Recorder recorder;
    // A sum, not a mean: then the gradient at an image's output is that of its own loss.
    const torch::Tensor loss = torch::nn::functional::cross_entropy(
        network.forward(images.slice(0, first, last).to(device)), labels.slice(0, first, last).to(device),
        torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum));
    std::vector<torch::Tensor> outputs;
    for (const Recorder::Run& run : recorder.runs) outputs.push_back(run.output);
    const std::vector<torch::Tensor> gradients = torch::autograd::grad({loss}, outputs);
    const torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < recorder.runs.size(); ++i) {
      const Recorder::Run& run = recorder.runs[i];
      const auto* conv = dynamic_cast<const ConvLayer*>(run.layer);
      const torch::Tensor sum = conv != nullptr ? of_convolution(*conv, run.input, gradients[i])
                                                : of_linear(run.input, gradients[i]);
      const auto [place, fresh] = sums.try_emplace(names.at(run.layer), sum);
      if (!fresh) place->second += sum;
    }
  }
  network.train(was_training);
  for (auto& [name, sum] : sums) sum = (sum / static_cast<double>(count)).to(torch::kCPU).contiguous();
  return sums;
}

}  // namespace adagrain
