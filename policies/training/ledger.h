// The training set of policies: what single candidates did to single layers of real networks, measured. A
// killed run goes on where it stopped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framework/report/results_log.h"
#include "policies/policy.h"

namespace adagrain {

struct Sample {
  std::size_t network = 0;  // index into PolicyDataset::networks
  std::size_t layer = 0;
  PricedCandidate priced;
  double divergence = 0;            // mean KL of the network with this layer alone compressed, nats
  double accuracy_drop_points = 0;  // on the same images
};

struct LedgerNetwork {
  std::string id;        // names the weights' content too, so that retrained weights are measured anew
  std::string group;     // networks that are held out together: one architecture and its relatives
  ModelProfile profile;  // without Fisher's diagonal
};

struct PolicyDataset {
  std::vector<LedgerNetwork> networks;
  std::vector<Sample> samples;
};

struct Measurement {
  double divergence = 0;
  double accuracy_drop_points = 0;
};

struct LedgerOptions {
  std::size_t samples_per_layer = 64;
  std::uint64_t seed = 0;
};

class Ledger {
 public:
  // Goes on with what is there, in the results file or in its journal. Throws DataError when that is no
  // ledger, or another process is at work on it.
  explicit Ledger(const std::filesystem::path& file);

  // Whether anything was measured there, finished or not.
  static bool exists(const std::filesystem::path& file);

  // Measures what `sample_layer` picks of every layer and is not in the file yet. Candidates that decode to
  // the same weights are measured once and entered each. `measure(layer, candidate)` runs the network with
  // that layer decoded from the candidate and all others original. Returns how many were measured. Stops
  // between two measurements when interrupted. What was measured for other tables or options stays in the
  // file, is not measured again, and is not read: what is read does not depend on what was measured before.
  std::size_t measure(const LedgerNetwork& network, const CandidateTable& table, const LedgerOptions& options,
                      const std::function<Measurement(std::size_t, const Candidate&)>& measure,
                      const std::function<void()>& on_progress);

  // Writes the results file; only destruction may follow.
  void finish() { log_.finish(); }

 private:
  void enter_network(const LedgerNetwork& network, const std::string& selection);

  ResultsLog log_;
};

// What the last measure() of each network picked, in ledgers that are finished or not. Networks with
// the same id are one.
PolicyDataset read_ledgers(const std::vector<std::filesystem::path>& files);

// Candidates of one layer worth measuring. Those that simple policies choose among in any case, so that all
// policies can be compared on measured candidates alone: each granularity's bits, pruned and quantised
// blocks; up to `limit` then absolute steps, the hull of bytes against predicted damage, and the rest drawn
// at random, but for those whose predicted damage, below 1e-6 or beyond 5 nats, teaches nothing. Lossless
// candidates are known to be harmless.
std::vector<std::uint32_t> sample_layer(const std::vector<PricedCandidate>& candidates, std::size_t limit,
                                        std::uint64_t seed, const std::string& stream);

}  // namespace adagrain
