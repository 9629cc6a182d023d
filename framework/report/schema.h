// The tables of a results file. results/README.md documents every column; tests hold the two together.
//
//   results.add(rows_of<RunRow>({{.run = "fashion_mnist_lenet5_caffe_seed1/learned/0.5", ...}}));
//   std::vector<RunRow> runs = read_rows<RunRow>(results);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/profiling/profile.h"
#include "framework/report/schema_field.h"

namespace adagrain {

// Widths of text columns, bytes; a longer text is an InternalError when it is appended.
constexpr std::size_t kRunWidth = 192;
constexpr std::size_t kNameWidth = 64;        // of networks, datasets, policies, presets, granularities
constexpr std::size_t kLayerWidth = 128;      // module paths
constexpr std::size_t kCandidateWidth = 256;  // as to_string(Candidate) writes it
constexpr std::size_t kCodersWidth = 256;     // "static 1200, adaptive 1150": bytes by each

// One trial on one hardware preset: `run` names the trial, and a trial has a row for each preset.
struct RunRow {
  static constexpr const char* path = "/runs";
  std::string run{}, network{}, dataset{}, policy{};
  std::int64_t seed = 0;
  double max_drop_points = 0;  // the budget
  std::string hardware{};
  std::int64_t file_bytes = 0, float32_bytes = 0;
  double ratio = 0;
  double reference_accuracy = 0, accuracy = 0, drop_points = 0, drop_error_points = 0;  // test
  double validation_accuracy = 0, validation_drop_points = 0, validation_drop_error_points = 0;
  std::int64_t evaluations = 0;  // decoded files judged
  bool within_budget = false;    // on validation data
  std::int64_t cycles = 0;
  double energy_pj = 0;
  std::int64_t off_chip_bytes = 0, metadata_bytes = 0;
  double seconds = 0, pressure = 0;
  std::int64_t decode_lanes = 0;  // of the hardware: symbols that its decoders give in a cycle
  double area_mm2 = 0;
};

// One layer of one trial on one hardware preset.
struct LayerRow {
  static constexpr const char* path = "/layers";
  std::string run{}, layer{};
  std::int64_t depth = 0;
  std::string operation{};
  std::int64_t rows = 0, columns = 0;  // output channels, weights of each
  std::string granularity{}, scheme{}, parameters{};
  std::string coder{}, coders_priced{};  // what wrote the layer, and what it was chosen from
  std::int64_t payload_bytes = 0, metadata_bytes = 0, table_bytes = 0, data_bytes = 0;
  double bits_per_weight = 0, squared_error = 0, sparsity = 0;
  std::string hardware{};
  std::int64_t cycles = 0;
  double energy_pj = 0;
  std::int64_t off_chip_bytes = 0;
  std::string bound{};  // the unit that the layer waits for most
  std::int64_t macs = 0, weight_passes = 0;
  std::int64_t dram_cycles = 0, metadata_cycles = 0, decode_cycles = 0, compute_cycles = 0, drain_cycles = 0;
  double array_utilisation = 0, decoder_utilisation = 0;
  // Components, which add up to energy_pj.
  double dram_weights_pj = 0, dram_metadata_pj = 0, dram_activations_pj = 0, buffers_pj = 0, metadata_pj = 0;
  double decode_pj = 0, compute_pj = 0, leakage_pj = 0;
  std::int64_t instruction_words = 0, decoded_symbols = 0, binary_decisions = 0, table_entries = 0;
  std::int64_t starved_cycles = 0;
  // The same layer stored otherwise, on the same hardware.
  std::int64_t dense_cycles = 0, bit_width_cycles = 0, density_cycles = 0, ideal_cycles = 0;
  double dense_pj = 0, bit_width_pj = 0, density_pj = 0, ideal_pj = 0;
};

// One evaluation by the accuracy monitor.
struct StepRow {
  static constexpr const char* path = "/steps";
  std::string run{};
  std::int64_t step = 0;
  std::string action{};                    // pressure, back_off, tighten, accept
  std::string layer{}, before{}, after{};  // of the last move; empty for the others
  std::int64_t rungs = 0;                  // moves at once
  double pressure = 0;
  std::int64_t file_bytes = 0;
  double validation_accuracy = 0, validation_drop_points = 0, validation_drop_error_points = 0;
  double divergence = 0;
  bool kept = false;
};

// One layer of one network, profiled before anything is chosen.
struct ProfileRow {
  static constexpr const char* path = "/profile";
  std::string network{}, dataset{}, layer{}, operation{};
  std::int64_t depth = 0, rows = 0, columns = 0, macs = 0;
  ValueStatistics weights{}, activations{};
  double channel_scale_spread = 0, block_scale_spread = 0;  // of the weights
  double activation_channel_scale_spread = 0, activation_block_scale_spread = 0;
  double parameter_share = 0, mac_share = 0, relative_depth = 0, fisher_mean = 0;
};
ProfileRow profile_row(const std::string& network, const std::string& dataset, const LayerProfile& profile);

// The statistics of one layer at one step of training or fine-tuning.
struct TrainingProfileRow {
  static constexpr const char* path = "/training_profile";
  std::string run{};
  std::int64_t step = 0, epoch = 0;
  std::string layer{};
  std::int64_t depth = 0;
  ValueStatistics weights{}, activations{};
  double channel_scale_spread = 0, block_scale_spread = 0;
  double activation_channel_scale_spread = 0, activation_block_scale_spread = 0;
  double fisher_mean = 0;
};

// What a network costs as it was trained, every weight a plain float32: one row per hardware preset.
struct ReferenceRow {
  static constexpr const char* path = "/references";
  std::string network{}, dataset{}, hardware{};
  std::int64_t float32_bytes = 0;
  std::int64_t cycles = 0;
  double energy_pj = 0;
  std::int64_t off_chip_bytes = 0;
};

// One epoch of training or fine-tuning; file_bytes and ratio are 0 while nothing is compressed.
struct TrainingRow {
  static constexpr const char* path = "/training";
  std::string run{};
  std::int64_t epoch = 0;
  double learning_rate = 0, train_loss = 0, validation_accuracy = 0;
  std::int64_t file_bytes = 0;
  double ratio = 0;
};

template <>
const std::vector<Field<RunRow>>& fields<RunRow>();
template <>
const std::vector<Field<LayerRow>>& fields<LayerRow>();
template <>
const std::vector<Field<StepRow>>& fields<StepRow>();
template <>
const std::vector<Field<ProfileRow>>& fields<ProfileRow>();
template <>
const std::vector<Field<TrainingProfileRow>>& fields<TrainingProfileRow>();
template <>
const std::vector<Field<ReferenceRow>>& fields<ReferenceRow>();
template <>
const std::vector<Field<TrainingRow>>& fields<TrainingRow>();

}  // namespace adagrain
