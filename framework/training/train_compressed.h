// Training a network for the file it will become: fine-tuning a trained one, or from the first step on.
// Torch-free.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "framework/compression/plan.h"
#include "framework/compression/transforms/transform.h"
#include "framework/core/tensor.h"
#include "framework/training/training_config.h"

namespace adagrain {

class ResultsLog;

// An epoch as the judge sees it.
struct CompressedEpoch {
  int epoch = 0;             // from 0
  Checkpoint float_weights;  // what the optimiser moves; encoded under `plan` it is the file
  Plan plan;                 // as far as the schedule has brought it
  double accuracy = 0;       // validation, 0..1, of what that file decodes to
  bool settled = false;      // the schedule has ended: this plan is the whole plan
};

// Called after each epoch; returns the plan to go on with, of which nothing is taken before the schedule has
// settled.
using CompressedEpochJudge = std::function<Plan(const CompressedEpoch&)>;

// A trained network whose outputs on the training images the trained one learns beside the labels.
struct Teacher {
  std::string network;  // a Network's name
  Checkpoint weights;
};

struct CompressedTraining {
  TrainingConfig training;
  Plan plan;
  double rate_weight = 0;   // nats of loss that one bit of a weight's code length is worth
  double distillation = 0;  // share of the teacher in the loss, 0..1
  Teacher teacher;          // needed where the share is not 0
  Checkpoint start;         // empty: from the network's own initialisation
  // Weight's name -> what its transforms may know, the same from the first step to the last; what it refers
  // to outlives the training.
  std::map<std::string, LayerEvidence> evidence;
  CompressedEpochJudge judge;
  // Where the profile of the layers as they are decoded goes, every `training.profile_every` updates, under
  // the name `run`; null: nowhere.
  ResultsLog* profile = nullptr;
  std::string run;
};

struct CompressedTrainingResult {
  struct Epoch {
    double learning_rate = 0, training_loss = 0, validation_accuracy = 0;
  };
  std::vector<Epoch> epochs;
  double seconds = 0;  // over all sittings, the judge's time included
};

// Resumes from `resume_file` when it is there. Throws Interrupted after Ctrl-C with all updates kept,
// ConfigError when the plan names what the network has not.
CompressedTrainingResult train_compressed(const CompressedTraining& job,
                                          const std::filesystem::path& resume_file);

}  // namespace adagrain
