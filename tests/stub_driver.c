/* A stand-in for NVIDIA's driver library, for tests on machines without a GPU.
 *
 * $STUB_GPUS lists compute capabilities, "80 90" for two GPUs of 8.0 and 9.0. Without it cuInit
 * says that there is no GPU, as the real library does.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID_VALUE = 1, NO_DEVICE = 100 };
enum { CAPABILITY_MAJOR = 75, CAPABILITY_MINOR = 76 };

static int capability(int device) {
    const char *gpus = getenv("STUB_GPUS");
    return gpus && (int)strlen(gpus) >= 3 * device + 2 ? atoi(gpus + 3 * device) : 0;
}

int cuInit(unsigned flags) {
    if (flags) return INVALID_VALUE;
    return capability(0) ? SUCCESS : NO_DEVICE;
}

int cuDeviceGetCount(int *count) {
    *count = 0;
    while (capability(*count)) ++*count;
    return SUCCESS;
}

int cuDeviceGet(int *device, int ordinal) {
    *device = ordinal;
    return SUCCESS;
}

int cuDeviceGetName(char *name, int length, int device) {
    snprintf(name, (size_t)length, "Stub %d", capability(device));
    return SUCCESS;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
    *value = attribute == CAPABILITY_MAJOR ? capability(device) / 10
           : attribute == CAPABILITY_MINOR ? capability(device) % 10 : 0;
    return SUCCESS;
}

/* What else MXNet's CUDA build links to. Without a GPU none of it is called. */
#define ABSENT(name) int name(void) { return NO_DEVICE; }
ABSENT(cuDevicePrimaryCtxRetain)
ABSENT(cuGetErrorString)
ABSENT(cuGraphKernelNodeGetParams)
ABSENT(cuGraphNodeGetType)
ABSENT(cuLaunchKernel)
ABSENT(cuModuleGetFunction)
ABSENT(cuModuleLoadData)
ABSENT(cuModuleLoadDataEx)
ABSENT(cuModuleUnload)
