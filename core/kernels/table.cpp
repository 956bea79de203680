#include <xgrad/core/kernels/table.hpp>

#include <xgrad/core/kernels/simd.hpp>

namespace xgrad::kernels::XGRAD_ISA {

// Each is defined at the end of the source of that name.
template <class T>
void add_normalization(Table<T>& table);
template <class T>
void add_elementwise(Table<T>& table);
template <class T>
void add_implicit_gemm(Table<T>& table);
template <class T>
void add_narrow_correlation(Table<T>& table);
template <class T>
void add_narrow_gemm(Table<T>& table);
template <class T>
void add_reduce(Table<T>& table);
template <class T>
void add_softmax(Table<T>& table);
template <class T>
void add_update(Table<T>& table);
template <class T>
void add_winograd(Table<T>& table);

template <class T>
Table<T> table() {
    Table<T> kernels{};
    add_normalization(kernels);
    add_elementwise(kernels);
    add_implicit_gemm(kernels);
    add_narrow_correlation(kernels);
    add_narrow_gemm(kernels);
    add_reduce(kernels);
    add_softmax(kernels);
    add_update(kernels);
    add_winograd(kernels);
    return kernels;
}

template Table<float> table();
template Table<double> table();

}  // namespace xgrad::kernels::XGRAD_ISA
