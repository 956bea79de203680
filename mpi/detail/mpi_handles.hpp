#pragma once

#include <mpi.h>

#include <xgrad/mpi/communicator.hpp>

namespace xgrad::mpi {

// What a Communicator has of MPI.
struct Communicator::Mpi {
    MPI_Comm world = MPI_COMM_NULL;
    MPI_Comm calls = MPI_COMM_NULL;  // for the roll call
    bool started = false;
};

}  // namespace xgrad::mpi
