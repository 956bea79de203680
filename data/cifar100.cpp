#include <xgrad/data/cifar100.hpp>

#include <utility>

#include <xgrad/data/cifar_records.hpp>

namespace fs = std::filesystem;

namespace xgrad {
namespace {

detail::CifarFormat make_format(Cifar100Labels labels) {
    const bool fine = labels == Cifar100Labels::fine;
    return {.op = "read_cifar100",
            .name = fine ? cifar100_name : cifar100_coarse_name,
            .labels = {{"coarse label", 20}, {"fine label", 100}},
            .label = fine ? 1U : 0U,
            .subfolder = "cifar-100-binary",
            .train_files = {"train.bin"},
            .test_file = "test.bin",
            .train_records = cifar100_train_records,
            .test_records = cifar100_test_records,
            .classes_file = fine ? "fine_label_names.txt" : "coarse_label_names.txt",
            .classes = cifar100_classes(labels)};
}

const detail::CifarFormat& format(Cifar100Labels labels) {
    static const detail::CifarFormat fine = make_format(Cifar100Labels::fine),
                                     coarse = make_format(Cifar100Labels::coarse);
    return labels == Cifar100Labels::fine ? fine : coarse;
}

}  // namespace

std::vector<std::string> cifar100_classes(Cifar100Labels labels) {
    if (labels == Cifar100Labels::coarse)
        return {"aquatic_mammals",
                "fish",
                "flowers",
                "food_containers",
                "fruit_and_vegetables",
                "household_electrical_devices",
                "household_furniture",
                "insects",
                "large_carnivores",
                "large_man-made_outdoor_things",
                "large_natural_outdoor_scenes",
                "large_omnivores_and_herbivores",
                "medium_mammals",
                "non-insect_invertebrates",
                "people",
                "reptiles",
                "small_mammals",
                "trees",
                "vehicles_1",
                "vehicles_2"};
    return {"apple",       "aquarium_fish", "baby",      "bear",       "beaver",       "bed",
            "bee",         "beetle",        "bicycle",   "bottle",     "bowl",         "boy",
            "bridge",      "bus",           "butterfly", "camel",      "can",          "castle",
            "caterpillar", "cattle",        "chair",     "chimpanzee", "clock",        "cloud",
            "cockroach",   "couch",         "crab",      "crocodile",  "cup",          "dinosaur",
            "dolphin",     "elephant",      "flatfish",  "forest",     "fox",          "girl",
            "hamster",     "house",         "kangaroo",  "keyboard",   "lamp",         "lawn_mower",
            "leopard",     "lion",          "lizard",    "lobster",    "man",          "maple_tree",
            "motorcycle",  "mountain",      "mouse",     "mushroom",   "oak_tree",     "orange",
            "orchid",      "otter",         "palm_tree", "pear",       "pickup_truck", "pine_tree",
            "plain",       "plate",         "poppy",     "porcupine",  "possum",       "rabbit",
            "raccoon",     "ray",           "road",      "rocket",     "rose",         "sea",
            "seal",        "shark",         "shrew",     "skunk",      "skyscraper",   "snail",
            "snake",       "spider",        "squirrel",  "streetcar",  "sunflower",    "sweet_pepper",
            "table",       "tank",          "telephone", "television", "tiger",        "tractor",
            "train",       "trout",         "tulip",     "turtle",     "wardrobe",     "whale",
            "willow_tree", "wolf",          "woman",     "worm"};
}

bool holds_cifar100(const fs::path& folder) {
    return detail::holds_cifar(format(Cifar100Labels::fine), folder);
}

std::vector<fs::path> cifar100_files(const fs::path& folder) {
    return detail::cifar_files(format(Cifar100Labels::fine), folder);
}

TrainTest read_cifar100(const fs::path& folder, Cifar100Labels labels) {
    return detail::read_cifar(format(labels), folder);
}

Dataset read_cifar100_files(const std::vector<fs::path>& files, std::size_t records, Cifar100Labels labels) {
    return read_cifar100_files(files, records, labels, cifar100_classes(labels));
}

Dataset read_cifar100_files(const std::vector<fs::path>& files, std::size_t records, Cifar100Labels labels,
                            std::vector<std::string> classes) {
    return detail::read_cifar_files(format(labels), files, records, std::move(classes));
}

}  // namespace xgrad
