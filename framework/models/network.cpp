#include "framework/models/network.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "framework/core/error.h"
#include "framework/models/layers.h"

namespace adagrain {

namespace {

// Parameters and floating-point buffers in the model's order; num_batches_tracked counts, and computes
// nothing.
std::vector<std::pair<std::string, torch::Tensor>> stored_tensors(const Network& network) {
  std::vector<std::pair<std::string, torch::Tensor>> all;
  for (const auto& item : network.named_parameters()) all.emplace_back(item.key(), item.value());
  for (const auto& item : network.named_buffers()) {
    if (item.value().is_floating_point()) all.emplace_back(item.key(), item.value());
  }
  return all;
}

// Writes down every layer and batch norm in the order they run.
class Recorder : public LayerTap {
 public:
  explicit Recorder(Network& network) {
    for (const auto& item : network.named_modules()) names_[item.value().get()] = item.key();
  }

  void on_layer(const torch::nn::Module& module, const torch::Tensor& input,
                const torch::Tensor& output) override {
    LayerDescription layer;
    layer.name = names_.at(&module);
    layer.weight_name = layer.name + ".weight";
    layer.depth = static_cast<std::int64_t>(layers.size());
    if (const auto* conv = dynamic_cast<const ConvLayer*>(&module)) {
      describe(*conv, output, layer);
    } else {
      describe(dynamic_cast<const LinearLayer&>(module), input, layer);
    }
    layers.push_back(layer);
  }

  std::vector<LayerDescription> layers;

 private:
  static void describe(const ConvLayer& conv, const torch::Tensor& output, LayerDescription& layer) {
    layer.weight_shape = conv.weight.sizes().vec();
    layer.groups = conv.options.groups();
    layer.stride = conv.options.stride()->at(0);
    layer.operation =
        layer.groups > 1 && layer.weight_shape[1] == 1 ? Operation::depthwise_conv2d : Operation::conv2d;
    layer.output_height = output.size(2);
    layer.output_width = output.size(3);
    // The rows and columns that are read, padding included; a stride may leave the last ones out.
    layer.input_height = (layer.output_height - 1) * layer.stride + layer.weight_shape[2];
    layer.input_width = (layer.output_width - 1) * layer.stride + layer.weight_shape[3];
    layer.macs = element_count(layer.weight_shape) * layer.output_height * layer.output_width;
  }

  static void describe(const LinearLayer& linear, const torch::Tensor& input, LayerDescription& layer) {
    layer.weight_shape = linear.weight.sizes().vec();
    layer.operation = Operation::linear;
    const std::int64_t positions = input.numel() / input.size(-1) / input.size(0);
    layer.input_height = layer.output_height = positions;
    layer.macs = element_count(layer.weight_shape) * positions;
  }

  std::map<const torch::nn::Module*, std::string> names_;
};

}  // namespace

std::shared_ptr<Network> make_network(const std::string& name) {
  return Registry<Network>::create(name);
}

std::vector<LayerDescription> describe_layers(Network& network, const Shape& input_shape) {
  const torch::NoGradGuard no_grad;
  const bool was_training = network.is_training();
  network.eval();
  Recorder recorder(network);
  network.forward(torch::zeros(input_shape, network.parameters().front().options()));
  network.train(was_training);
  // Networks built of ConvNorm hold the norm of "x.conv" at "x.norm".
  std::set<std::string> modules;
  for (const auto& item : network.named_modules()) modules.insert(item.key());
  for (LayerDescription& layer : recorder.layers) {
    if (!layer.name.ends_with(".conv")) continue;
    const std::string norm = layer.name.substr(0, layer.name.size() - 4) + "norm";
    if (modules.contains(norm)) layer.batch_norm = norm;
  }
  return std::move(recorder.layers);
}

Checkpoint read_checkpoint(const Network& network) {
  Checkpoint checkpoint;
  for (const auto& [name, tensor] : stored_tensors(network)) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    const float* values = plain.data_ptr<float>();
    checkpoint.push_back({name, tensor.sizes().vec(), {values, values + plain.numel()}});
  }
  return checkpoint;
}

void load_checkpoint(Network& network, const Checkpoint& checkpoint) {
  std::map<std::string, const Tensor*> given;
  for (const Tensor& tensor : checkpoint) given[tensor.name] = &tensor;
  // All is checked before anything is changed: a refused checkpoint leaves the network as it was.
  std::vector<std::pair<torch::Tensor, const Tensor*>> pairs;
  for (const auto& [name, target] : stored_tensors(network)) {
    const auto found = given.find(name);
    require<DataError>(found != given.end(), "the weights have no tensor '{}', which the network needs",
                       name);
    const Tensor& source = *found->second;
    require<DataError>(source.shape == target.sizes().vec(),
                       "tensor '{}' has shape [{}]; the network's is [{}]", name,
                       fmt::join(source.shape, ", "), fmt::join(target.sizes().vec(), ", "));
    ensure(source.values.size() == static_cast<std::size_t>(target.numel()),
           "tensor '{}' has {} values; its shape has {}", name, source.values.size(), target.numel());
    const auto odd = std::find_if_not(source.values.begin(), source.values.end(),
                                      [](float value) { return std::isfinite(value); });
    require<DataError>(odd == source.values.end(), "tensor '{}' holds {} at element {}; finite values only",
                       name, odd == source.values.end() ? 0 : *odd, odd - source.values.begin());
    pairs.emplace_back(target, &source);
    given.erase(found);
  }
  require<DataError>(given.empty(), "the weights have a tensor '{}', which the network does not know",
                     given.empty() ? "" : given.begin()->first);
  const torch::NoGradGuard no_grad;
  for (auto& [target, source] : pairs) {
    target.copy_(torch::from_blob(const_cast<float*>(source->values.data()), source->shape));
  }
}

}  // namespace adagrain
