#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <xgrad/data/dataset.hpp>

// The IDX format of MNIST (LeCun, http://yann.lecun.com/exdb/mnist): a magic number and the extents, each 32
// bits, big-endian, followed by the bytes. Gzip-compressed files are recognised by their contents, not by
// their name.
namespace xgrad {

/// The contents of an image file: count x height x width bytes.
struct IdxImages {
    std::size_t count;                 ///< Number of images.
    std::size_t height;                ///< In pixels.
    std::size_t width;                 ///< In pixels.
    std::vector<std::uint8_t> pixels;  ///< Image by image, row by row.
};

/// Reads an image file (magic number 0x00000803).
/// @throws DataError  the file is missing, truncated, too long or damaged, has another magic number, a height
/// or width not in 1 ... 65535, no images, or more images than a file of its size can hold.
IdxImages read_idx_images(const std::filesystem::path& file);

/// Reads a label file (magic number 0x00000801); each label must be below `classes`.
/// @throws DataError  as read_idx_images(), or a label is not below `classes`.
std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& file, std::size_t classes);

/// Whether a folder contains any of the four files that read_idx() reads.
bool holds_idx(const std::filesystem::path& folder);

/// The four files that read_idx() reads, whether or not they exist.
std::vector<std::filesystem::path> idx_files(const std::filesystem::path& folder);

/// Reads a data set in the layout of MNIST.
/// @param folder   contains train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
/// t10k-labels-idx1-ubyte, each with or without the suffix .gz.
/// @param classes  the names of the classes.
/// @throws DataError  as the functions above, or the numbers of images and labels differ, or training and
/// test images differ in size.
TrainTest read_idx(const std::filesystem::path& folder, const std::string& name,
                   const std::vector<std::string>& classes);

/// Whether the training labels in a folder are those of Fashion-MNIST, whose files have the same names as
/// those of MNIST.
/// @throws DataError  as read_idx_labels().
bool holds_fashion_mnist(const std::filesystem::path& folder);

/// Reads Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747): 60,000 training and 10,000 test
/// images, 1 x 28 x 28. Debian's package dataset-fashion-mnist installs it in
/// /usr/share/datasets/fashion-mnist.
/// @throws DataError  as read_idx().
TrainTest read_fashion_mnist(const std::filesystem::path& folder);

}  // namespace xgrad
