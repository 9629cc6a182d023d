// HDF5 identifiers that close themselves, and calls that throw with HDF5's own reason.
#pragma once

#include <hdf5.h>

#include <string>
#include <utility>

#include "framework/core/error.h"

namespace adagrain {

template <herr_t (*Close)(hid_t)>
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  explicit Hdf5Handle(hid_t id) : id_(id) {}
  ~Hdf5Handle() { reset(); }
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  // False when closing failed, as it does when the disk is full.
  bool reset() {
    const hid_t id = std::exchange(id_, -1);
    return id < 0 || Close(id) >= 0;
  }

 private:
  hid_t id_ = -1;
};

using FileHandle = Hdf5Handle<H5Fclose>;
using GroupHandle = Hdf5Handle<H5Gclose>;
using DatasetHandle = Hdf5Handle<H5Dclose>;
using TypeHandle = Hdf5Handle<H5Tclose>;
using SpaceHandle = Hdf5Handle<H5Sclose>;
using PropertyHandle = Hdf5Handle<H5Pclose>;
using AttributeHandle = Hdf5Handle<H5Aclose>;

// Stops HDF5 from printing its error stack; call before anything that may fail.
void silence_hdf5();

// The reason of the last failed call: the system's ("No space left on device") where there is one, else the
// deepest of HDF5's own.
std::string hdf5_reason();

// Passes a result on, or throws DataError "<where>: cannot <action>: <reason>" when it is negative. `where`
// and `action` are converted only then.
template <typename Result>
Result hdf5_check(Result result, const std::string& where, const char* action) {
  if (result < 0) throw DataError(fmt::format("{}: cannot {}: {}", where, action, hdf5_reason()));
  return result;
}

}  // namespace adagrain
