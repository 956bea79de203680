# small_fashion_mnist FOLDER: the first 3,100 training and 500 test images of Fashion-MNIST, for scripts that source this file.
small_fashion_mnist() {
    local folder=$1 from=/usr/share/datasets/fashion-mnist
    # part <name> <header as printf escapes> <header bytes> <bytes of data>: the beginning of a file, with a header of its own.
    part() { { printf "$2"; gzip -dc "$from/$1.gz" 2>/dev/null | tail -c +$(($3 + 1)) | head -c "$4"; } >"$folder/$1" || true; }
    mkdir "$folder"
    part train-images-idx3-ubyte '\0\0\x08\x03\0\0\x0c\x1c\0\0\0\x1c\0\0\0\x1c' 16 $((3100 * 28 * 28))
    part train-labels-idx1-ubyte '\0\0\x08\x01\0\0\x0c\x1c' 8 3100
    part t10k-images-idx3-ubyte '\0\0\x08\x03\0\0\x01\xf4\0\0\0\x1c\0\0\0\x1c' 16 $((500 * 28 * 28))
    part t10k-labels-idx1-ubyte '\0\0\x08\x01\0\0\x01\xf4' 8 500
}
