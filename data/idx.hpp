#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <xgrad/data/dataset.hpp>

// The IDX format of MNIST (LeCun, http://yann.lecun.com/exdb/mnist): a magic number, the extents, all
// big-endian and 32 bits wide, then bytes. Files may be compressed by gzip; that is seen by their content,
// whatever their name.
namespace xgrad {

/// What a file of images holds: count x height x width bytes.
struct IdxImages {
    std::size_t count;  ///< Of images.
    std::size_t height;  ///< In pixels.
    std::size_t width;  ///< In pixels.
    std::vector<std::uint8_t> pixels;  ///< Image by image, row by row.
};

/// Reads a file of images (magic number 0x00000803).
/// @throws DataError  the file is missing, short, over-long or damaged, has another magic number, a height or
/// width not in 1 ... 65535,
///                    no image, or more than a file of its size can hold.
IdxImages read_idx_images(const std::filesystem::path& file);

/// Reads a file of labels (magic number 0x00000801), each below `classes`.
/// @throws DataError  as read_idx_images(), and a label is not below `classes`.
std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& file, std::size_t classes);

/// Whether a folder has any of the four files that read_idx() reads.
bool holds_idx(const std::filesystem::path& folder);

/// The four files that read_idx() reads, there or not.
std::vector<std::filesystem::path> idx_files(const std::filesystem::path& folder);

/// Reads a data set laid out as MNIST is.
/// @param folder   has train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
/// t10k-labels-idx1-ubyte, each
///                 with or without .gz behind its name.
/// @param classes  the names of the classes.
/// @throws DataError  as the functions above; images and labels differ in number, or training and test images
/// in size.
TrainTest read_idx(const std::filesystem::path& folder, const std::string& name,
                   const std::vector<std::string>& classes);

/// Whether the training labels in a folder are those of Fashion-MNIST, whose files have the names of MNIST's.
/// @throws DataError  as read_idx_labels().
bool holds_fashion_mnist(const std::filesystem::path& folder);

/// Reads Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747): 60,000 and 10,000 images, 1 x 28
/// x 28. Debian's package dataset-fashion-mnist puts it into /usr/share/datasets/fashion-mnist. @throws
/// DataError  as read_idx().
TrainTest read_fashion_mnist(const std::filesystem::path& folder);

}  // namespace xgrad
