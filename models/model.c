/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/model.h"

#include <string.h>

const struct model *model_find(const char *name)
{
    for (size_t i = 0; i < n_models; i++)
        if (strcmp(models[i]->name, name) == 0)
            return models[i];
    return NULL;
}
