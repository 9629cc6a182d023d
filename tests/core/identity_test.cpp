#include "framework/core/identity.h"

#include <gtest/gtest.h>

namespace adagrain {
namespace {

TEST(Identity, TextComesBack) {
  Identity identity;
  identity.add("plan", "{\n  \"a\\b\": 1\n}");
  identity.add("policy 'a: b\\c\n'", ": x");
  identity.add("empty", "");
  EXPECT_EQ(Identity::parse(identity.text()), identity);
  EXPECT_EQ(Identity::parse(identity.text()).checksum(), identity.checksum());
}

TEST(Identity, DifferencesAreNamed) {
  Identity earlier, now;
  for (Identity* each : {&earlier, &now}) each->add("seed", "1");
  EXPECT_EQ(now.difference_from(earlier), "");
  earlier.add("evaluations", "5");
  now.add("evaluations", "7");
  EXPECT_EQ(now.difference_from(earlier), "evaluations was 5 and is 7");
  EXPECT_NE(now.checksum(), earlier.checksum());
  now.add("bits", "4");
  earlier.add("old", "x");
  EXPECT_EQ(now.difference_from(earlier), "bits is new, 4; evaluations was 5 and is 7; old is gone, x");
  now.add("zeros", "0");
  EXPECT_NE(now.difference_from(earlier).find("and 1 more"), std::string::npos);
}

}  // namespace
}  // namespace adagrain
