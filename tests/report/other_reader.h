// What another program sees of a results file: the calls that h5py makes.
#pragma once

#include <gtest/gtest.h>
#include <hdf5.h>

#include <filesystem>
#include <string>
#include <vector>

namespace adagrain {

class OtherReader {
 public:
  explicit OtherReader(const std::filesystem::path& file)
      : file_(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)) {
    EXPECT_GE(file_, 0);
  }
  ~OtherReader() { H5Fclose(file_); }

  template <typename Value>
  std::vector<Value> numbers(const std::string& path, const char* member, hid_t memory) const {
    const hid_t dataset = H5Dopen2(file_, path.c_str(), H5P_DEFAULT), space = H5Dget_space(dataset);
    std::vector<Value> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
    hid_t type = memory;
    if (member != nullptr) {
      type = H5Tcreate(H5T_COMPOUND, sizeof(Value));
      H5Tinsert(type, member, 0, memory);
    }
    EXPECT_GE(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    H5Sclose(space);
    H5Dclose(dataset);
    return values;
  }

  std::string text(hid_t object_type_of, hid_t object, bool attribute) const {
    std::string value(H5Tget_size(object_type_of), '\0');
    EXPECT_GE(attribute ? H5Aread(object, object_type_of, value.data())
                        : H5Dread(object, object_type_of, H5S_ALL, H5S_ALL, H5P_DEFAULT, value.data()),
              0);
    return value;
  }

  std::string attribute(const std::string& object, const std::string& name) const {
    const hid_t id = H5Aopen_by_name(file_, object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = H5Aget_type(id);
    const std::string value = text(type, id, true);
    H5Aclose(id);
    return value;
  }

  std::string dataset_text(const std::string& path) const {
    const hid_t id = H5Dopen2(file_, path.c_str(), H5P_DEFAULT);
    const std::string value = text(H5Dget_type(id), id, false);
    H5Dclose(id);
    return value;
  }

 private:
  hid_t file_;
};

}  // namespace adagrain
