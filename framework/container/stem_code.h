// How the directory writes the stems of its names. FORMAT.md, "Name", has the bytes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/bytes.h"

namespace adagrain {

// Networks repeat themselves: a block's tensors share a stem, their order comes back for the buffers, and
// blocks are numbered. The same object must see all rows of a directory in order.
class StemCode {
 public:
  void append(Bytes& out, std::string_view stem);
  // Throws DataError when the bytes refer to a stem that is not there; `where` opens its text.
  std::string read(ByteReader& reader, std::string_view where);

  // The stem of the previous row, empty before the first: a row that has the same may leave it out.
  const std::string& previous() const;

 private:
  void seen(const std::string& stem);

  std::vector<std::string> stems_;                 // all different, in order of first appearance
  std::map<std::string, std::size_t> places_;      // index into stems_
  std::map<std::string, std::size_t> successors_;  // the numbered stem that would follow -> of which
  std::size_t place_ = 0;                          // of the previous row's stem
};

}  // namespace adagrain
