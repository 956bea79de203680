#include <xgrad/data/cifar100.hpp>
#include <xgrad/data/csv.hpp>
#include <xgrad/data/split.hpp>
#include "support/registry/invalid.hpp"
#include "support/temp_dir.hpp"

namespace xgrad::registry {
namespace {

using test::Bytes;

const test::TempDir& dir() {
    static const test::TempDir dir;
    return dir;
}

std::vector<Refusals> of_tables() {
    static const std::string file = dir().write("t.csv", "x,y\n1,a\nb,\n");
    static const std::string ragged = dir().write("ragged.csv", "x,y\n1\n");
    static const CsvTable table = read_csv(file);
    const auto no_column = [](const std::string& function, auto call) {
        return invalid<ValueError>(
            function + ": " + file + ": there is no column \"z\"; there are \"x\", \"y\"", call);
    };
    const auto field = [](const std::string& function, const std::string& what, auto call) {
        return invalid<DataError>(function + ": " + file + ": line 3, column " + what, call);
    };
    return {{"read_csv",
             {invalid<ValueError>(
                  "read_csv: the separator must be ASCII and not a quote, CR, LF or NUL, got \"\\n\"",
                  [] { read_csv(file, {.separator = '\n'}); }),
              invalid<DataError>("read_csv: " + ragged + ": line 2: expected 2 fields, as in line 1, found 1",
                                 [] { read_csv(ragged); })}},
            {"CsvTable::columns_except",
             {no_column("CsvTable::columns_except", [] { (void)table.columns_except({"z"}); })}},
            {"CsvTable::features",
             {no_column("CsvTable::features", [] { (void)table.features({"z"}); }),
              invalid<ValueError>("CsvTable::features: expected the name of at least one column",
                                  [] { (void)table.features({}); }),
              field("CsvTable::features", "1 (\"x\"): expected a number, found \"b\"",
                    [] { (void)table.features({"x"}); })}},
            {"CsvTable::column",
             {no_column("CsvTable::column", [] { (void)table.column("z"); }),
              field("CsvTable::column", "1 (\"x\"): expected a number, found \"b\"",
                    [] { (void)table.column("x"); })}},
            {"CsvTable::integers",
             {no_column("CsvTable::integers", [] { (void)table.integers("z"); }),
              field("CsvTable::integers", "1 (\"x\"): expected an integer of 32 bits, found \"b\"",
                    [] { (void)table.integers("x"); })}},
            {"CsvTable::labels",
             {no_column("CsvTable::labels", [] { (void)table.labels("z"); }),
              invalid<ValueError>("CsvTable::labels: the class \"a\" is listed twice",
                                  [] { (void)table.labels("y", {"a", "a"}); }),
              field("CsvTable::labels", "2 (\"y\"): expected the name of a class, found an empty field",
                    [] { (void)table.labels("y"); }),
              field("CsvTable::labels", "1 (\"x\"): expected one of the classes \"1\", found \"b\"",
                    [] { (void)table.labels("x", {"1"}); })}},
            {"CsvTable::text",
             {no_column("CsvTable::text", [] { (void)table.text(0, "z"); }),
              invalid<ValueError>("CsvTable::text: " + file + ": row 2 is outside its 2 rows",
                                  [] { (void)table.text(2, "x"); })}}};
}

std::vector<Refusals> of_images() {
    static const Dataset two("two", {"a", "b"}, {1, 1, 1}, {5, 6}, {0, 1});
    static const std::string folder = dir().path().string(), file = dir().write("cut.bin", Bytes(3073));
    return {
        {"Dataset::Dataset",
         {invalid<DataError>("Dataset: D: label 1 of image 0 is not below 1, the number of classes",
                             [] { Dataset("D", {"a"}, {1, 1, 1}, {5}, {1}); })}},
        {"Dataset::slice",
         {invalid<ValueError>("Dataset::slice: 2 images from 1 on are outside the 2 of two",
                              [] { (void)two.slice(1, 2); })}},
        {"Dataset::select",
         {invalid<ValueError>("Dataset::select: rows[1] is 2, outside the 2 images of two",
                              [] { (void)two.select(Rows{0, 2}); })}},
        {"read_cifar100",
         {invalid<DataError>(
             "read_cifar100: " + folder + ": expected train.bin, here or in cifar-100-binary/, found neither",
             [] { read_cifar100(folder); })}},
        {"read_cifar100_files",
         {invalid<DataError>("read_cifar100: " + file +
                                 ": offset 3073: expected 3074 bytes (1 records of 3074), found 3073 bytes",
                             [] { read_cifar100_files({file}, 1); }),
          invalid<DataError>("read_cifar100: expected the names of 20 classes, got 1",
                             [] { read_cifar100_files({}, 1, Cifar100Labels::coarse, {"x"}); })}}};
}

std::vector<Refusals> of_splits() {
    static Rng rng(1);
    const std::string fractions = ": expected positive fractions that sum to 1, got 0.5, 0.4";
    const std::string too_few = " are too few for the fractions 0.5, 0.5: part 1 would have none";
    return {
        {"random_split",
         {invalid<ValueError>("random_split" + fractions, [] { random_split(9, {0.5, 0.4}, rng); }),
          invalid<ValueError>("random_split: 1 rows" + too_few, [] { random_split(1, {0.5, 0.5}, rng); })}},
        {"stratified_split",
         {invalid<ValueError>("stratified_split" + fractions,
                              [] { stratified_split(Indices{1, 1}, {0.5, 0.4}, rng); }),
          invalid<ValueError>("stratified_split: the 1 rows of class 2" + too_few,
                              [] { stratified_split(Indices{1, 1, 2}, {0.5, 0.5}, rng); })}},
        {"k_folds",
         {invalid<ValueError>("k_folds: expected at least 2 folds, got 1", [] { k_folds(9, 1, rng); }),
          invalid<ValueError>("k_folds: 3 rows are too few for 4 folds", [] { k_folds(3, 4, rng); })}},
        {"stratified_k_folds",
         {invalid<ValueError>("stratified_k_folds: expected at least 2 folds, got 0",
                              [] { stratified_k_folds(Indices{1, 1}, 0, rng); }),
          invalid<ValueError>("stratified_k_folds: the 1 rows of class 2 are too few for 2 folds",
                              [] { stratified_k_folds(Indices{1, 1, 2}, 2, rng); })}},
        {"select_rows",
         {invalid<ValueError>("select_rows: rows[0] is 2, outside the 2 rows of (2, 3)",
                              [](auto zeros) { select_rows(zeros({2, 3}).value(), Rows{2}); }),
          invalid<ShapeError>("select_rows: expected an array of rows, got a scalar ()",
                              [](auto zeros) { select_rows(zeros({}).value(), Rows{}); })}}};
}

}  // namespace

std::vector<Refusals> data_refusals() {
    std::vector<Refusals> all = of_tables();
    for (const auto& part : {of_images(), of_splits()}) all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace xgrad::registry
