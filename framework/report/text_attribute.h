// Fixed-length UTF-8 text, as cells of tables and as attributes of objects.
#pragma once

#include <map>
#include <string>

#include "framework/report/hdf5_handle.h"

namespace adagrain {

// Zero-padded to `width` bytes.
TypeHandle text_type(std::size_t width);

// Replaces an attribute of the same name. Throws InternalError beyond 64,000 bytes.
void write_text_attribute(hid_t object, const std::string& name, const std::string& value,
                          const std::string& where);
// Throws DataError when it is absent or no text of at most 64,000 bytes.
std::string read_text_attribute(hid_t object, const std::string& name, const std::string& where);
// All of them, name -> value.
std::map<std::string, std::string> read_text_attributes(hid_t object, const std::string& where);

}  // namespace adagrain
