#include "framework/container/file_metadata.h"

#include <gtest/gtest.h>

namespace adagrain {
namespace {

using Metadata = std::map<std::string, std::string>;

TEST(FileMetadata, IsOneLineOfJson) {
  EXPECT_EQ(provenance_of({{"format", "pt"}, {"note", "a \"b\""}}), R"({"format":"pt","note":"a \"b\""})");
}

TEST(FileMetadata, AProvenanceAloneStaysThePlainTextItIs) {
  EXPECT_EQ(provenance_of({{"provenance", "3 epochs"}}), "3 epochs");
  EXPECT_EQ(metadata_of("3 epochs"), (Metadata{{"provenance", "3 epochs"}}));
  EXPECT_EQ(metadata_of(R"({"epochs": 3})"), (Metadata{{"provenance", R"({"epochs": 3})"}}));
}

TEST(FileMetadata, EveryMetadataComesBack) {
  for (const Metadata& metadata :
       {Metadata{}, Metadata{{"format", "pt"}}, Metadata{{"", ""}}, Metadata{{"provenance", ""}},
        Metadata{{"provenance", R"({"format":"pt"})"}}, Metadata{{"provenance", "{}"}},
        Metadata{{"format", "pt"}, {"provenance", "größer\n"}}}) {
    EXPECT_EQ(metadata_of(provenance_of(metadata)), metadata) << provenance_of(metadata);
  }
}

TEST(FileMetadata, BytesThatAreNoTextAreReplaced) {
  EXPECT_EQ(metadata_of(provenance_of({{"a", "\xff"}})), (Metadata{{"a", "\xEF\xBF\xBD"}}));
}

}  // namespace
}  // namespace adagrain
