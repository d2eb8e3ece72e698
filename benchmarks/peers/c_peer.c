/* The common model (../common.md) in C: float32 arrays, passes that the compiler vectorises, few scalar steps.

   Two fused passes a month over all accounts; selection of the greatest priorities by histogram instead of sorting;
   the few accounts with an event one by one; leavers' places filled from the right. Random numbers: Philox4x32-10
   (Salmon et al. 2011), key = seed and replicate, counter = account, purpose and month, occasion: see c_maths.h. */

#include "c_maths.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct { /* benchmarks/common.py: Model, field by field */
    int32_t months, plays, cadence, term;
    float share, ceiling, drift, rowing, quiet, weight, success, e_adoption, e_engagement, e_shield, e_rescue,
        shield_decay, adoption_0, adoption_1, engagement_0, engagement_1, upsell_0, upsell_a, upsell_g, upsell_factor,
        contraction_0, contraction_a, contraction_g, contraction_factor;
} Model;

enum { BIRTH, PLAY, RESCUE, EVENT, UPSELL, CONTRACTION }; /* purposes of random numbers */
enum { EXITS, ARR, PLAYS, COLUMNS };                      /* of the ledger */
enum { BINS = 1024, SMALL = 32 };
static const float STILL = 3e38f; /* threshold of a clock that stands still */

typedef struct { /* arrays of a path; passes take them as restricted pointers */
    int n;
    float *arr, *adoption, *engagement, *shield, *to_intent, *to_upsell, *to_contraction;
    int32_t *intent, *renewal, *last_play, *who;
    int32_t *key, *flag;           /* of every account in the month */
    int32_t *chosen, *chosen_key;  /* candidates for the play, or accounts with an event */
    int32_t *served;
    uint32_t *luck, *fate;         /* random numbers of the served, or of those with an event */
} State;

enum { ARRAYS = 18 };

static void open_book(State *s, uint64_t key, int n, const float *arr, const float *adoption, const float *engagement,
                      const int32_t *renewal)
{
    s->n = n;
    memcpy(s->arr, arr, 4 * (size_t)n);
    memcpy(s->adoption, adoption, 4 * (size_t)n);
    memcpy(s->engagement, engagement, 4 * (size_t)n);
    memcpy(s->renewal, renewal, 4 * (size_t)n);
    memset(s->shield, 0, 4 * (size_t)n);
    memset(s->intent, 0, 4 * (size_t)n);
    float *restrict to_intent = s->to_intent, *restrict to_upsell = s->to_upsell;
    float *restrict to_contraction = s->to_contraction;
    int32_t *restrict last_play = s->last_play, *restrict who = s->who;
    #pragma omp simd
    for (int i = 0; i < n; i++) {
        Words w = philox(key, (uint32_t)i, BIRTH, 0, 0);
        to_intent[i] = exponential(w.a);
        to_upsell[i] = exponential(w.b);
        to_contraction[i] = exponential(w.c);
        last_play[i] = -1000;
        who[i] = i;
    }
}

/* Step 1, and the key of step 2: the bits of the priority, which order like the priority; -1 for who is not eligible. */
static void drift(const Model *model, State *s, int month)
{
    const Model m = *model;
    const int32_t latest = month - m.cadence, *restrict intent = s->intent, *restrict last_play = s->last_play;
    float *restrict adoption = s->adoption, *restrict engagement = s->engagement;
    const float *restrict arr = s->arr;
    int32_t *restrict key = s->key;
    const int n = s->n;
    #pragma omp simd
    for (int i = 0; i < n; i++) {
        float a = adoption[i], g = engagement[i];
        float row = intent[i] ? m.quiet : m.rowing;
        g = g - m.drift * g + row * a * (1.0f - g);
        a = a + m.share * (m.ceiling - a);
        adoption[i] = a;
        engagement[i] = g;
        float tenths = least(floorf(10.0f * (m.weight * a + (1.0f - m.weight) * g)), 9.0f);
        int32_t bits = float_to_bits((0.95f - 0.1f * tenths) * arr[i]);
        key[i] = last_play[i] <= latest ? bits : -1;
    }
}

/* Move the `wanted` candidates of the greatest keys to `served`; return how many, all when they are no more. */
static int select_greatest(State *s, int candidates, int wanted)
{
    int32_t *restrict chosen = s->chosen, *restrict keys = s->chosen_key, *restrict served = s->served;
    int32_t histogram[BINS];
    int taken = 0, count = candidates;
    if (count <= wanted) {
        memcpy(served, chosen, 4 * (size_t)count);
        return count;
    }
    while (count > SMALL) {
        int32_t low = INT32_MAX, high = 0;
        for (int c = 0; c < count; c++) {
            low = keys[c] < low ? keys[c] : low;
            high = keys[c] > high ? keys[c] : high;
        }
        if (low == high)
            break;
        int shift = 0;
        while ((high - low) >> shift >= BINS)
            shift++;
        memset(histogram, 0, sizeof histogram);
        for (int c = 0; c < count; c++)
            histogram[(keys[c] - low) >> shift]++;
        int edge = BINS - 1, above = taken;
        while (above + histogram[edge] <= wanted)
            above += histogram[edge--];
        int inside = 0;
        for (int c = 0; c < count; c++) {
            int32_t i = chosen[c], k = keys[c];
            int bin = (k - low) >> shift;
            served[taken] = i;
            taken += bin > edge;
            chosen[inside] = i;
            keys[inside] = k;
            inside += bin == edge;
        }
        count = inside;
    }
    for (int x = 1; x < count && taken < wanted; x++) { /* insertion sort, greatest first */
        int32_t i = chosen[x], k = keys[x];
        int y = x;
        for (; y > 0 && keys[y - 1] < k; y--) {
            chosen[y] = chosen[y - 1];
            keys[y] = keys[y - 1];
        }
        chosen[y] = i;
        keys[y] = k;
    }
    for (int c = 0; taken < wanted; c++)
        served[taken++] = chosen[c];
    return taken;
}

/* Step 2: the play. Returns how many were delivered. */
static int deliver(const Model *model, State *s, uint64_t key, int month)
{
    const Model m = *model;
    const int accounts = s->n;
    const int32_t *restrict keys = s->key;
    int32_t *restrict chosen = s->chosen, *restrict chosen_key = s->chosen_key;
    int candidates = 0;
    for (int i = 0; i < accounts; i++) {
        chosen[candidates] = i;
        chosen_key[candidates] = keys[i];
        candidates += keys[i] >= 0;
    }
    const int n = select_greatest(s, candidates, m.plays);
    uint32_t *restrict luck = s->luck, *restrict fate = s->fate;
    for (int c = 0; c < n; c++)
        chosen[c] = s->who[s->served[c]];
    #pragma omp simd
    for (int c = 0; c < n; c++) {
        Words w = philox(key, (uint32_t)chosen[c], PLAY, (uint32_t)month, 0);
        luck[c] = w.a;
        fate[c] = w.b;
    }
    for (int c = 0; c < n; c++) {
        int i = s->served[c];
        s->last_play[i] = month;
        const float won = uniform(luck[c]) < m.success ? 1.0f : 0.0f; /* branches would be mispredicted */
        s->adoption[i] += won * m.e_adoption * (1.0f - s->adoption[i]);
        s->engagement[i] += won * m.e_engagement * (1.0f - s->engagement[i]);
        s->shield[i] = greatest(s->shield[i], won * m.e_shield);
        if (uniform(fate[c]) < won * m.e_rescue && s->intent[i]) {
            s->intent[i] = 0;
            s->to_intent[i] = exponential(philox(key, (uint32_t)s->who[i], RESCUE, (uint32_t)month, 0).a);
        }
    }
    return n;
}

/* Steps 3 to 5 for all: clocks, dates, fading; flag = 1 where there is something to settle. */
static void advance(const Model *model, State *s, int month)
{
    const Model m = *model;
    const float *restrict adoption = s->adoption, *restrict engagement = s->engagement;
    const int32_t *restrict intent = s->intent;
    float *restrict shield = s->shield, *restrict to_intent = s->to_intent, *restrict to_upsell = s->to_upsell;
    float *restrict to_contraction = s->to_contraction;
    int32_t *restrict renewal = s->renewal, *restrict flag = s->flag;
    const int n = s->n;
    #pragma omp simd
    for (int i = 0; i < n; i++) {
        float a = adoption[i], g = engagement[i], h = shield[i];
        float left = to_intent[i] - fast_exp(m.adoption_0 + m.adoption_1 * a - h)
                     - fast_exp(m.engagement_0 + m.engagement_1 * g - h);
        float up = to_upsell[i] - fast_exp(m.upsell_0 + m.upsell_a * a + m.upsell_g * g);
        float down = to_contraction[i] - fast_exp(m.contraction_0 + m.contraction_a * a + m.contraction_g * g);
        to_intent[i] = left;
        to_upsell[i] = up;
        to_contraction[i] = down;
        shield[i] = h * m.shield_decay;
        int32_t ends = renewal[i] == month;
        renewal[i] += ends ? m.term : 0;
        flag[i] = (left <= 0.0f) | (up <= 0.0f) | (down <= 0.0f) | (ends & intent[i]);
    }
}

/* Let a counting clock of account `i` fire until it is above 0; `next` is the threshold after its first firing. */
static inline void fire(State *s, float *left, float factor, float next, int i, uint64_t key, int purpose, int month)
{
    for (uint32_t occasion = 0; left[i] <= 0.0f;) {
        s->arr[i] *= factor;
        left[i] += next;
        if (left[i] > 0.0f)
            return;
        next = exponential(philox(key, (uint32_t)s->who[i], (uint32_t)purpose, (uint32_t)month, occasion++).a);
    }
}

/* Steps 3 and 4 for the flagged: returns how many left. */
static int settle(const Model *m, State *s, uint64_t key, int month)
{
    const int n = s->n;
    const int32_t *restrict flag = s->flag;
    int32_t *restrict chosen = s->chosen;
    int events = 0, gone = 0;
    for (int i = 0; i < n; i++) {
        chosen[events] = i;
        events += flag[i];
    }
    int32_t *restrict who = s->served;
    float *restrict next_up = (float *)s->luck, *restrict next_down = (float *)s->fate;
    for (int c = 0; c < events; c++)
        who[c] = s->who[chosen[c]];
    #pragma omp simd
    for (int c = 0; c < events; c++) {
        Words w = philox(key, (uint32_t)who[c], EVENT, (uint32_t)month, 0);
        next_up[c] = exponential(w.a);
        next_down[c] = exponential(w.b);
    }
    for (int c = 0; c < events; c++) {
        int i = chosen[c];
        if (s->to_intent[i] <= 0.0f) {
            s->intent[i] = 1;
            s->to_intent[i] = STILL;
        }
        fire(s, s->to_upsell, m->upsell_factor, next_up[c], i, key, UPSELL, month);
        fire(s, s->to_contraction, m->contraction_factor, next_down[c], i, key, CONTRACTION, month);
        if (s->intent[i] && s->renewal[i] == month + m->term) /* the pass has set the next end already */
            chosen[gone++] = i;
    }
    for (int c = gone - 1; c >= 0; c--) { /* ascending, so the last is the rightmost */
        int i = chosen[c], last = --s->n;
        s->arr[i] = s->arr[last];
        s->adoption[i] = s->adoption[last];
        s->engagement[i] = s->engagement[last];
        s->shield[i] = s->shield[last];
        s->to_intent[i] = s->to_intent[last];
        s->to_upsell[i] = s->to_upsell[last];
        s->to_contraction[i] = s->to_contraction[last];
        s->intent[i] = s->intent[last];
        s->renewal[i] = s->renewal[last];
        s->last_play[i] = s->last_play[last];
        s->who[i] = s->who[last];
    }
    return gone;
}

/* `ledger` (replicates, months, COLUMNS). Returns 0, or 1 where memory is short. */
int simulate(const Model *model, int n, const float *arr, const float *adoption, const float *engagement,
             const int32_t *renewal, int replicates, uint64_t seed, double *ledger)
{
    size_t room = ((size_t)n + 64 + 15) / 16 * 16; /* rows begin on a cache line */
    float *memory = aligned_alloc(64, ARRAYS * room * 4);
    if (!memory)
        return 1;
    State s;
    float **reals[] = {&s.arr, &s.adoption, &s.engagement, &s.shield, &s.to_intent, &s.to_upsell, &s.to_contraction};
    int32_t **whole[] = {&s.intent, &s.renewal, &s.last_play, &s.who, &s.key, &s.flag, &s.chosen, &s.chosen_key,
                         &s.served};
    uint32_t **words[] = {&s.luck, &s.fate};
    float *row = memory;
    for (int k = 0; k < 7; k++, row += room)
        *reals[k] = row;
    for (int k = 0; k < 9; k++, row += room)
        *whole[k] = (int32_t *)row;
    for (int k = 0; k < 2; k++, row += room)
        *words[k] = (uint32_t *)row;
    for (int r = 0; r < replicates; r++) {
        uint64_t key = mix(mix(seed) ^ (uint64_t)r);
        open_book(&s, key, n, arr, adoption, engagement, renewal);
        for (int month = 1; month <= model->months; month++, ledger += COLUMNS) {
            drift(model, &s, month);
            ledger[PLAYS] = deliver(model, &s, key, month);
            advance(model, &s, month);
            ledger[EXITS] = settle(model, &s, key, month);
            ledger[ARR] = total(s.arr, s.n);
        }
    }
    free(memory);
    return 0;
}
