/* exp and log in float32 by Cephes' polynomials, without branches; Philox4x32-10; sums: all of it vectorises. */

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline float bits_to_float(int32_t bits) { float x; memcpy(&x, &bits, 4); return x; }
static inline int32_t float_to_bits(float x) { int32_t bits; memcpy(&bits, &x, 4); return bits; }

static inline float least(float x, float y) { return x < y ? x : y; } /* fminf minds NaN, which costs */
static inline float greatest(float x, float y) { return x > y ? x : y; }

static inline float fast_exp(float x)
{
    x = least(greatest(x, -87.0f), 88.0f);
    const float height = 12583039.0f; /* 1.5 2^23 + 127: the sum is rounded to a whole number, in its lowest bits */
    float t = x * 1.44269504f + height, n = t - height;
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    return p * bits_to_float((int32_t)((uint32_t)float_to_bits(t) << 23));
}

static inline float fast_log(float x)
{
    int32_t bits = float_to_bits(x);
    float e = (float)((bits >> 23) - 126);
    float m = bits_to_float((bits & 0x7FFFFF) | 0x3F000000);
    int small = m < 0.70710678f;
    e -= small ? 1.0f : 0.0f;
    m = small ? m + m - 1.0f : m - 1.0f;
    float z = m * m, p = 7.0376836292e-2f;
    p = p * m - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    float y = p * m * z - 2.12194440e-4f * e - 0.5f * z;
    return m + y + 0.693359375f * e;
}

typedef struct { uint32_t a, b, c, d; } Words;

static inline Words philox(uint64_t key, uint32_t who, uint32_t purpose, uint32_t month, uint32_t occasion)
{
    uint32_t c0 = occasion, c1 = purpose << 16 | month, c2 = who, c3 = 0;
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return (Words){c0, c1, c2, c3};
}

static inline float uniform(uint32_t word) { return ((float)(word >> 8) + 0.5f) * 0x1p-24f; }
static inline float exponential(uint32_t word) { return -fast_log(uniform(word)); }

static uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static double total(const float *x, int n)
{
    double sum = 0.0;
    #pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum;
}
