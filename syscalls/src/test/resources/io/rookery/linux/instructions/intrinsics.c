/* Instructions beyond SSE2 by name: AES, SHA, CLMUL, F16C, BMI, ADX, POPCNT, MOVBE, CRC32, string compare, AVX2. */
#include "inputs.h"
#include <immintrin.h>

typedef __m128i V;
static V v(void) { return _mm_set_epi64x(next(), next()); }
static __m256i w(void) { return _mm256_set_epi64x(next(), next(), next(), next()); }
static __m256d wd(void) { return _mm256_set_pd(any_double(), any_double(), any_double(), any_double()); }
static __m256 wf(void) {
  return _mm256_set_ps(any_float(), any_float(), any_float(), any_float(), any_float(), any_float(), any_float(),
                       any_float());
}

static int rounds;

#define EACH(name, ...)                                                            \
  do {                                                                             \
    for (int i = 0; i < rounds; i++) { __VA_ARGS__; }                              \
    show(name);                                                                    \
  } while (0)

static void crypto(void) {
  EACH("aesenc", ADD(_mm_aesenclast_si128(_mm_aesenc_si128(v(), v()), v())));
  EACH("aesdec", ADD(_mm_aesdeclast_si128(_mm_aesdec_si128(v(), v()), v())));
  EACH("aesimc", ADD(_mm_aesimc_si128(v())));
  EACH("aeskey", ADD(_mm_aeskeygenassist_si128(v(), 0x1b)));
  EACH("clmul", { V x = v(), y = v(); ADD(_mm_clmulepi64_si128(x, y, 0)); ADD(_mm_clmulepi64_si128(x, y, 0x11));
                  ADD(_mm_clmulepi64_si128(x, y, 0x10)); });
  EACH("sha1", ADD(_mm_sha1rnds4_epu32(v(), _mm_sha1nexte_epu32(v(), v()), 2)));
  EACH("sha1msg", ADD(_mm_sha1msg2_epu32(_mm_sha1msg1_epu32(v(), v()), v())));
  EACH("sha256", ADD(_mm_sha256rnds2_epu32(v(), v(), v())));
  EACH("sha256msg", ADD(_mm_sha256msg2_epu32(_mm_sha256msg1_epu32(v(), v()), v())));
  EACH("crc32", { uint64_t c = _mm_crc32_u64(next(), next()); c = _mm_crc32_u32(c, next()); ADD(_mm_crc32_u8(c, next())); });
}

static void bits(void) {
  EACH("pdep", ADD(_pdep_u64(next(), next())));
  EACH("pext", ADD(_pext_u64(next(), next())));
  EACH("bzhi", ADD(_bzhi_u64(next(), next() % 80)));
  EACH("bextr", ADD(_bextr_u64(next(), next() % 80, next() % 80)));
  EACH("mulx", { unsigned long long high; ADD(_mulx_u64(next(), next(), &high)); ADD(high); });
  EACH("andn", ADD(_andn_u64(next(), next())));
  EACH("blsi", { uint64_t x = next(); ADD(_blsi_u64(x)); ADD(_blsr_u64(x)); ADD(_blsmsk_u64(x)); });
  EACH("lzcnt", { uint64_t x = next() >> (next() & 63) >> 1; ADD(_lzcnt_u64(x)); ADD(_tzcnt_u64(x)); ADD(_lzcnt_u32(x)); });
  EACH("popcnt", ADD((int)_mm_popcnt_u64(next())));
  EACH("adx", { unsigned long long s; unsigned char k = _addcarryx_u64(next() & 1, next(), next(), &s); ADD(s);
                k = _subborrow_u64(k, next(), next(), &s); ADD(s); ADD(k); });
  EACH("adcx adox", { uint64_t x = next(), y = next(), p = next(), q = next(); unsigned char cf, of;
                __asm__("adcx %4, %0; adox %5, %1; adcx %5, %0; adox %4, %1; setc %2; seto %3"
                        : "+r"(x), "+r"(y), "=q"(cf), "=q"(of) : "r"(p), "r"(q) : "cc");
                ADD(x); ADD(y); ADD(cf); ADD(of); });
  EACH("movbe", { uint64_t x = next(), y; __asm__("movbe %1, %0" : "=r"(y) : "m"(x)); ADD(y);
                __asm__("movbe %w1, %0" : "=m"(x) : "r"(y)); ADD(x); });
  EACH("shld", { uint64_t x = next(), y = next(); unsigned char n = next();
                __asm__("shld %%cl, %1, %0; shrd %%cl, %0, %1" : "+r"(x), "+r"(y) : "c"(n) : "cc"); ADD(x); ADD(y); });
  EACH("rcl", { uint64_t x = next(); unsigned char n = next(), f;
                __asm__("rcl %%cl, %0; rcr $3, %w0; setc %1" : "+r"(x), "=q"(f) : "c"(n) : "cc"); ADD(x); });
}

/* Every meaning of the control byte that gcc can be asked for is a constant. */
#define COMPARE(m)                                                                  \
  EACH("pcmpstr " #m, {                                                             \
    V x = v() & _mm_set1_epi8(next() & 1 ? 3 : 0x23), y = v() & _mm_set1_epi8(3);   \
    int p = (int)(next() % 40) - 20, q = next() % 20;                               \
    ADD(_mm_cmpestri(x, p, y, q, m)); ADD(_mm_cmpestrm(x, p, y, q, m));             \
    ADD(_mm_cmpistri(x, y, m)); ADD(_mm_cmpistrm(x, y, m));                         \
    ADD(_mm_cmpistra(x, y, m) | _mm_cmpistrc(x, y, m) << 1 | _mm_cmpistro(x, y, m) << 2 | \
        _mm_cmpistrs(x, y, m) << 3 | _mm_cmpistrz(x, y, m) << 4);                   \
  })

static void strings(void) {
  COMPARE(0x00); COMPARE(0x04); COMPARE(0x08); COMPARE(0x0c); COMPARE(0x14); COMPARE(0x18);
  COMPARE(0x3a); COMPARE(0x32); COMPARE(0x41); COMPARE(0x45); COMPARE(0x49); COMPARE(0x4d);
  COMPARE(0x7f); COMPARE(0x70); COMPARE(0x5b);
}

static void packed(void) {
  EACH("f16c", { V x = v(); ADD(_mm256_cvtph_ps(x)); ADD(_mm256_cvtps_ph(wf(), 0)); ADD(_mm256_cvtps_ph(wf(), 4)); });
  EACH("blendv", { ADD(_mm256_blendv_epi8(w(), w(), w())); ADD(_mm256_blendv_pd(wd(), wd(), wd())); });
  EACH("dot", { ADD(_mm256_dp_ps(wf(), wf(), 0xb7)); ADD(_mm_dp_pd(_mm256_castpd256_pd128(wd()), _mm_set1_pd(any_double()), 0x31)); });
  EACH("round", { __m256d x = wd(); ADD(_mm256_round_pd(x, 1)); ADD(_mm256_round_pd(x, 2)); ADD(_mm256_round_pd(x, 3 | 8)); });
  EACH("mpsadbw", { ADD(_mm256_mpsadbw_epu8(w(), w(), 0x2d)); ADD(_mm256_sad_epu8(w(), w())); });
  EACH("phminpos", ADD(_mm_minpos_epu16(v())));
  EACH("pshufb", ADD(_mm256_shuffle_epi8(w(), w())));
  EACH("palignr", ADD(_mm256_alignr_epi8(w(), w(), 11)));
  EACH("permute", { ADD(_mm256_permutevar8x32_epi32(w(), w())); ADD(_mm256_permute4x64_epi64(w(), 0x4b));
                    ADD(_mm256_permute2x128_si256(w(), w(), 0x83)); ADD(_mm256_permutevar_pd(wd(), w())); });
  EACH("pmadd", { ADD(_mm256_maddubs_epi16(w(), w())); ADD(_mm256_madd_epi16(w(), w())); ADD(_mm256_mulhrs_epi16(w(), w())); });
  EACH("pack", { ADD(_mm256_packus_epi32(w(), w())); ADD(_mm256_packs_epi16(w(), w())); ADD(_mm256_unpacklo_epi16(w(), w())); });
  EACH("sign", { ADD(_mm256_sign_epi8(w(), w())); ADD(_mm256_hadds_epi16(w(), w())); ADD(_mm256_hsub_epi32(w(), w())); });
  EACH("shift", { ADD(_mm256_sllv_epi32(w(), w() & _mm256_set1_epi32(63))); ADD(_mm256_srlv_epi64(w(), w() & _mm256_set1_epi64x(127)));
                  ADD(_mm256_srav_epi32(w(), w() & _mm256_set1_epi32(63))); ADD(_mm256_sll_epi16(w(), _mm_cvtsi64_si128(next() % 20))); });
  EACH("test", { __m256i x = w(), y = w(); ADD(_mm256_testz_si256(x, y) | _mm256_testc_si256(x, y) << 1 | _mm256_testnzc_si256(x, y) << 2);
                 ADD(_mm256_movemask_epi8(x)); ADD(_mm256_movemask_ps(wf())); });
  EACH("gather", { static double table[64]; table[i & 63] = any_double();
                   ADD(_mm256_i32gather_pd(table, v() & _mm_set1_epi32(63), 8));
                   ADD(_mm256_mask_i64gather_epi32(v(), (int *)table, w() & _mm256_set1_epi64x(127), v(), 4)); });
  EACH("maskmov", { static int m[16]; _mm256_maskstore_epi32(m + 3, w(), w()); add(m, sizeof m); ADD(_mm256_maskload_epi32(m + 1, w())); });
  EACH("fma", { __m256d x = wd(), y = wd(), z = wd(); ADD(_mm256_fmadd_pd(x, y, z)); ADD(_mm256_fnmsub_pd(x, y, z));
                ADD(_mm256_fmaddsub_pd(x, y, z)); ADD(_mm256_fmsubadd_ps(wf(), wf(), wf()));
                ADD(_mm_fmadd_ss(_mm256_castps256_ps128(wf()), _mm_set1_ps(any_float()), _mm_set1_ps(any_float()))); });
  EACH("compare", { __m256d x = wd(), y = wd(); ADD(_mm256_cmp_pd(x, y, 0x11)); ADD(_mm256_cmp_pd(x, y, 0x0c)); ADD(_mm256_cmp_pd(x, y, 0x1d)); ADD(_mm256_cmp_ps(wf(), wf(), 0x07)); });
  EACH("convert", { ADD(_mm256_cvtpd_epi32(wd())); ADD(_mm256_cvttps_epi32(wf())); ADD(_mm256_cvtepu8_epi64(v())); ADD(_mm256_cvtepi16_epi32(v()));
                    ADD(_mm_cvtsd_si64(_mm_set_sd(any_double()))); ADD(_mm_cvttss_si32(_mm_set_ss(any_float()))); });
  EACH("insert", { ADD(_mm_insert_ps(_mm256_castps256_ps128(wf()), _mm_set1_ps(any_float()), 0x9a)); ADD(_mm256_inserti128_si256(w(), v(), 1)); ADD(_mm_extract_epi8(v(), 13)); });
  EACH("add-sub", { ADD(_mm256_addsub_ps(wf(), wf())); ADD(_mm256_hadd_pd(wd(), wd())); ADD(_mm256_movehdup_ps(wf())); });
  EACH("mmx", { __m64 x = _mm_set_pi32(next(), next()), y = _mm_set_pi32(next(), next()); x = _mm_madd_pi16(_mm_adds_pi16(x, y), _mm_shuffle_pi16(y, 0x1b));
                uint64_t r = _mm_cvtm64_si64(_mm_xor_si64(x, _mm_mulhi_pu16(x, y))); _mm_empty(); ADD(r); });
}

int main(int argc, char **argv) {
  rounds = argc > 1 ? atoi(argv[1]) : 100;
  crypto();
  bits();
  strings();
  packed();
  return 0;
}
