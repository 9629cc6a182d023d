#include "framework/report/text_attribute.h"

#include <algorithm>
#include <vector>

namespace adagrain {

namespace {

constexpr std::size_t kLongestAttribute = 64000;  // of an object header message, less its own fields

}  // namespace

TypeHandle text_type(std::size_t width) {
  TypeHandle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), width);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

void write_text_attribute(hid_t object, const std::string& name, const std::string& value,
                          const std::string& where) {
  ensure(value.size() <= kLongestAttribute, "{}: attribute '{}' has {} bytes; allowed up to {}", where, name,
         value.size(), kLongestAttribute);
  if (H5Aexists(object, name.c_str()) > 0)
    hdf5_check(H5Adelete(object, name.c_str()), where, "replace an attribute");
  const TypeHandle type = text_type(std::max<std::size_t>(value.size(), 1));
  const SpaceHandle space(hdf5_check(H5Screate(H5S_SCALAR), where, "write an attribute"));
  const AttributeHandle attribute(
      hdf5_check(H5Acreate2(object, name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), where,
                 "write an attribute"));
  const char empty = '\0';
  hdf5_check(H5Awrite(attribute.get(), type.get(), value.empty() ? &empty : value.data()), where,
             "write an attribute");
}

std::string read_text_attribute(hid_t object, const std::string& name, const std::string& where) {
  const AttributeHandle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT));
  require<DataError>(static_cast<bool>(attribute), "{}: has no attribute '{}'", where, name);
  const TypeHandle type(hdf5_check(H5Aget_type(attribute.get()), where, "read an attribute"));
  const SpaceHandle space(hdf5_check(H5Aget_space(attribute.get()), where, "read an attribute"));
  const std::size_t size = H5Tget_size(type.get());
  require<DataError>(H5Tget_class(type.get()) == H5T_STRING && H5Tis_variable_str(type.get()) == 0 &&
                         H5Sget_simple_extent_npoints(space.get()) == 1 && size <= kLongestAttribute,
                     "{}: attribute '{}' is no text of at most {} bytes", where, name, kLongestAttribute);
  std::string value(size, '\0');
  const TypeHandle memory = text_type(std::max<std::size_t>(size, 1));
  hdf5_check(H5Aread(attribute.get(), memory.get(), value.data()), where, "read an attribute");
  return value.substr(0, value.find('\0'));
}

std::map<std::string, std::string> read_text_attributes(hid_t object, const std::string& where) {
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5A_info_t*, void* into) -> herr_t {
    static_cast<std::vector<std::string>*>(into)->push_back(name);
    return 0;
  };
  hdf5_check(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names), where,
             "list its attributes");
  std::map<std::string, std::string> attributes;
  for (const std::string& name : names) attributes[name] = read_text_attribute(object, name, where);
  return attributes;
}

}  // namespace adagrain
