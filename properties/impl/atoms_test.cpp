// Covers: integers and strings of the embedder: what is shared, what is interned, what dies (rules I). Does not cover:
// what the model and real interpreters say to it (corpus/notes, cyclecheck run, conform).
#include "impl/atoms.hpp"

#include <gtest/gtest.h>

#include "properties/impl/fixture.hpp"

namespace cyclegc {
namespace {

class AtomsTest : public ::testing::Test {
 protected:
  explicit AtomsTest(const Semantics& semantics = {}) : world(semantics) {}
  ~AtomsTest() override { atoms.forget(); }

  World world;
  std::vector<std::uint32_t> died;
  Atoms atoms{world.heap, [this](ObjectId id) { died.push_back(id.index); }};
};

class AtomsOf3_12 : public AtomsTest {
 protected:
  AtomsOf3_12() : AtomsTest(Semantics::python3_12()) {}
};

class AtomsOf3_13 : public AtomsTest {
 protected:
  AtomsOf3_13() : AtomsTest(Semantics::python3_13()) {}
};

TEST_F(AtomsTest, SmallIntegersExistOnce) {
  for (const std::int64_t value : {-5, 0, 256}) {
    EXPECT_EQ(atoms.integer(value), atoms.integer(value)) << value;
    EXPECT_TRUE(atoms.is_permanent(atoms.integer(value).get()));
  }
  for (const std::int64_t value : {-6, 257}) {
    const Handle one = atoms.integer(value);
    const Handle other = atoms.integer(value);
    EXPECT_NE(one, other) << value;
    EXPECT_FALSE(atoms.is_permanent(one.get()));
  }
  EXPECT_EQ(died.size(), 4U);
}

TEST_F(AtomsTest, ASumIsSharedIfItIsSmall) {
  const Handle big = atoms.integer(300);
  const Handle less = atoms.integer(-50);
  EXPECT_EQ(atoms.add(big.get(), less.get()), atoms.integer(250));
  EXPECT_NE(atoms.add(big.get(), big.get()), atoms.integer(600));
  const Handle most = atoms.integer(Atoms::kLargest);
  EXPECT_FALSE(atoms.add(most.get(), most.get()));
  EXPECT_NE(atoms.add(most.get(), atoms.integer(0).get()), most);
}

TEST_F(AtomsTest, ConstantsThatCouldBeNamesAreInterned) {
  const Handle word = atoms.constant("hello_word1");
  EXPECT_EQ(word, atoms.constant("hello_word1"));
  const Handle words = atoms.constant("hello word");
  EXPECT_NE(words, atoms.constant("hello word"));
  EXPECT_EQ(atoms.constant(" "), atoms.constant(" "));
  EXPECT_EQ(atoms.constant(""), atoms.constant(""));
}

TEST_F(AtomsTest, AJoinedStringIsNewUntilItIsInterned) {
  const Handle left = atoms.constant("he");
  const Handle right = atoms.constant("llo");
  const Handle joined = atoms.add(left.get(), right.get());
  const Handle constant = atoms.constant("hello");
  EXPECT_NE(joined, constant);
  EXPECT_EQ(atoms.intern(joined.get()), constant);
  const Handle other = atoms.add(left.get(), constant.get());
  EXPECT_EQ(atoms.intern(other.get()), other);
  EXPECT_EQ(atoms.constant("hehello"), other);
  EXPECT_EQ(atoms.add(left.get(), atoms.constant("").get()), left);
  EXPECT_EQ(atoms.add(atoms.constant("").get(), left.get()), left);
}

TEST_F(AtomsTest, AnInternedStringDiesAndIsForgotten) {
  Handle word = atoms.constant("hello");
  const ObjectId first = word.get();
  const Handle holder = world.make('n');
  world.link(holder, word);
  word.reset();
  EXPECT_TRUE(died.empty());
  world.heap.clear(holder.get());
  EXPECT_EQ(died, std::vector{first.index});
  word = atoms.constant("hello");
  EXPECT_EQ(world.heap.references(word.get()), 1U);
}

TEST_F(AtomsOf3_12, AnInternedStringStays) {
  EXPECT_TRUE(atoms.is_permanent(atoms.constant("hello").get()));
  const Handle words = atoms.constant("hello word");
  EXPECT_FALSE(atoms.is_permanent(words.get()));
  EXPECT_EQ(atoms.intern(words.get()), words);
  EXPECT_TRUE(atoms.is_permanent(words.get()));
  EXPECT_TRUE(died.empty());
}

TEST_F(AtomsOf3_13, AnInternedStringDiesAgain) {
  EXPECT_FALSE(atoms.is_permanent(atoms.constant("hello").get()));
  EXPECT_EQ(died.size(), 1U);
}

TEST_F(AtomsTest, TheCollectorDoesNotKnowThem) {
  const auto before = world.gc.get_count();
  const Handle number = atoms.integer(1000);
  const Handle word = atoms.constant("hello");
  EXPECT_EQ(world.gc.get_count(), before);
  EXPECT_FALSE(world.gc.is_tracked(number.get()));
  EXPECT_FALSE(world.gc.is_tracked(word.get()));
  EXPECT_FALSE(world.heap.can_be_weakly_referenced(word.get()));
  EXPECT_TRUE(atoms.is_integer(number.get()));
  EXPECT_FALSE(atoms.is_string(number.get()));
  EXPECT_FALSE(atoms.is_atom(world.make('n').get()));
}

}  // namespace
}  // namespace cyclegc
