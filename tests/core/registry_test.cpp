#include "framework/core/registry.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace adagrain {
namespace {

struct Polygon {
  static constexpr const char* kind = "polygon";
  virtual ~Polygon() = default;
  virtual int corners() const = 0;
};
struct Triangle final : Polygon {
  int corners() const override { return 3; }
};
struct Square final : Polygon {
  int corners() const override { return 4; }
};

const bool triangle =
    Registry<Polygon>::add("triangle", "three sides", [] { return std::make_unique<Triangle>(); });
const bool square = Registry<Polygon>::add("square", "four sides", [] { return std::make_unique<Square>(); });

TEST(Registry, CreatesWhatItsNameSays) {
  EXPECT_EQ(Registry<Polygon>::create("square")->corners(), 4);
  EXPECT_EQ(Registry<Polygon>::create("triangle")->corners(), 3);
  EXPECT_EQ(Registry<Polygon>::summary("square"), "four sides");
}

TEST(Registry, NamesAreAlphabetical) {
  EXPECT_EQ(Registry<Polygon>::names(), (std::vector<std::string>{"square", "triangle"}));
  EXPECT_TRUE(Registry<Polygon>::contains("square"));
  EXPECT_FALSE(Registry<Polygon>::contains("circle"));
}

TEST(Registry, AnUnknownNameListsTheKnownOnes) {
  try {
    Registry<Polygon>::create("circle");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "unknown polygon 'circle'; known: square, triangle");
  }
}

TEST(Registry, ADuplicateNameIsOurBug) {
  EXPECT_THROW(Registry<Polygon>::add("square", "again", [] { return std::make_unique<Square>(); }),
               InternalError);
}

}  // namespace
}  // namespace adagrain
