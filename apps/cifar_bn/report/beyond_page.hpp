#pragma once

#include <string>
#include <vector>

#include <xgrad/page/document.hpp>
#include "cifar_bn/training/recipe.hpp"

namespace cifar_bn {

/// The same recipe with several seeds.
struct RecipeTrials {
    std::string name;      ///< of the jobs, without the seed
    std::string
        without;  ///< what takes the place of the ingredient that is left out; empty for the whole recipe
    Recipe recipe;        ///< with any seed
    std::vector<RecipeResult> results;  ///< one per seed
};

/// The section about how far a multi-layer perceptron gets: the whole recipe, and what each ingredient adds.
/// @param whole  the full training.
/// @param ablation  shorter trainings: first the whole recipe, then without each ingredient.
xgrad::page::Section beyond_section(const RecipeTrials& whole, const std::vector<RecipeTrials>& ablation,
                                    const apps::Split& data);

}  // namespace cifar_bn
