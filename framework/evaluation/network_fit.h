// Does a network take a dataset's images and tell its classes apart?
#pragma once

#include <string>

#include "datasets/dataset.h"
#include "framework/models/network.h"

namespace adagrain {

// Tries one image of the dataset's size. Throws DataError that names both: the network refuses the size, or
// has another number of outputs than the dataset has classes.
void check_fit(Network& network, const std::string& network_name, const DatasetSplits& data,
               const std::string& dataset_name);

}  // namespace adagrain
